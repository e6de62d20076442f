"""What a ledger says of an order (通知 二(四); rules A5): never guessed, only added up."""

from __future__ import annotations

from decimal import Decimal

from kupasi.refusals import RefusalFact
from registration.enums import OrderStatus

CENT = Decimal("0.01")
LARGEST = Decimal("99999999.99")


def ledger_status(total: Decimal, paid: Decimal) -> OrderStatus:
    """Nothing, part, all, or more than what is owed (A5)."""
    if paid <= 0:
        return OrderStatus.OPEN
    if paid < total:
        return OrderStatus.PART
    return OrderStatus.PAID if paid == total else OrderStatus.OVER


def judge_amount(amount: Decimal) -> RefusalFact | None:
    """`bad_amount` unless it is more than zero, with at most two decimals; otherwise None."""
    sound = amount.is_finite() and 0 < amount <= LARGEST and amount == amount.quantize(CENT)
    return None if sound else RefusalFact("bad_amount", "金额要大于零，最多两位小数，例如 480.00。", "通知 二(四)")
