"""What an assessment costs (通知 二(四); rules P2–P4). Money is in yuan, Decimal, two places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from kupasi.refusals import RefusalFact

# 通知 二(四), the same for both occupations; the practical figure includes site and energy.
NOTICE_FEES = {"theory": Decimal("95.00"), "practical": Decimal("385.00")}


@dataclass(frozen=True, slots=True)
class PriceFact:
    """One row of the price list: a subject's fee from a day on, until the last day included (None = open)."""

    subject: str
    amount: Decimal
    from_on: date
    until_on: date | None = None


class FeeItem(NamedTuple):
    """One line of a fee."""

    subject: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class FeeAnswer:
    """The items in the order asked for, their sum, and a reason where a subject has no price on that day."""

    items: tuple[FeeItem, ...]
    total: Decimal
    refusals: tuple[RefusalFact, ...] = ()


def fee_on(day: date, prices: Iterable[PriceFact], subjects: Sequence[str]) -> FeeAnswer:
    """The fee of these subjects on a day (P2, P3): each subject once, the price in force that started last.

    Codes: no_fee (a subject has no price on that day), subject_repeated.
    """
    in_force: dict[str, PriceFact] = {}
    for price in sorted(prices, key=lambda item: item.from_on):
        if price.from_on <= day and (price.until_on is None or day <= price.until_on):
            in_force[price.subject] = price
    asked = tuple(dict.fromkeys(subjects))
    items = tuple(FeeItem(subject, in_force[subject].amount) for subject in asked if subject in in_force)
    refusals = []
    if len(asked) < len(subjects):
        refusals.append(RefusalFact("subject_repeated", "同一科目只需选择一次，请去掉重复的科目。", "通知 二(四)"))
    if len(items) < len(asked):
        refusals.append(RefusalFact("no_fee", "所选科目在该日没有收费标准，请咨询业务受理点。", "通知 二(四)"))
    return FeeAnswer(items, sum((item.amount for item in items), Decimal("0.00")), tuple(refusals))
