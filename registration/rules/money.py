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


def judge_refund(
    amount: Decimal, *, available: Decimal, seen: Decimal | None, false_materials: bool
) -> list[RefusalFact]:
    """Whether so much may be given back (A4, S1): never for false materials, never more than is there.

    `available` is what has come in and was not given back; `seen` what the asker was shown, if anything.
    Codes: never_refundable, stale, bad_amount, refund_exceeds.
    """
    if false_materials:
        message = "因材料不真实等情形（须知 一、四1）作出处理的，费用不予退还。"
        return [RefusalFact("never_refundable", message, "须知 一")]
    if seen is not None and seen != available:
        message = f"可退金额已变为 {available} 元，请核对后重新提出。"
        return [RefusalFact("stale", message, "须知 一", {"available": f"{available:.2f}"})]
    bad = judge_amount(amount)
    if bad is not None:
        return [bad]
    if amount > available:
        message = f"退费不能超过可退金额 {available} 元。"
        return [RefusalFact("refund_exceeds", message, "须知 一", {"available": f"{available:.2f}"})]
    return []
