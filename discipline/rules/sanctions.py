"""What a breach leads to: marks, bars, refunds, certificates (须知 一–四 and 末段; rules section 8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from discipline.rules.clauses import ClauseFact, clause_named
from kupasi.dates import Span, add_years
from kupasi.refusals import RefusalFact

BAR_YEARS = {"lesser": 2, "serious": 5}  # 须知 四

Marks = Literal["subject", "sitting"]


@dataclass(frozen=True, slots=True)
class SanctionAnswer:
    """What a decision under one clause takes, or why the clause cannot be applied.

    `marks`: that subject's mark of that sitting, or all marks of that sitting (None for an unknown clause).
    `barred_from` … `barred_until`: the days on which nothing may be sat, both included; None = no bar.
    `refund_grantable`: whether staff may grant a refund; `certificate_void`: a certificate that rests on these marks
    is void; `referral`: the referral to the authorities is to be recorded (须知 四, serious).
    """

    allowed: bool
    marks: Marks | None
    barred_from: date | None = None
    barred_until: date | None = None
    refund_grantable: bool = False
    certificate_void: bool = False
    referral: bool = False
    refusals: tuple[RefusalFact, ...] = ()


def sanction(
    clause: str,
    *,
    act_on: date,
    act_is_exam_day: bool,
    decided_on: date,
    severity: str | None = None,
    reminder: bool = False,
) -> SanctionAnswer:
    """What a decision under this clause takes (S1–S6).

    须知 一 names no bar, so there is none: all marks of that sitting go and a refund is never granted. The certificate
    is void under every clause, since it rests on a cancelled mark (末段). Codes: unknown_clause, reminder_missing
    (须知 二1–3 without a recorded reminder), severity_missing (须知 四 without lesser or serious).
    """
    fact = clause_named(clause)
    if fact is None:
        message = "没有这一条款，请从须知 一至四 的条款中选择。"
        return SanctionAnswer(False, None, refusals=(RefusalFact("unknown_clause", message, "须知"),))
    taken = SanctionAnswer(
        allowed=True,
        marks="subject" if fact.tier == 2 else "sitting",
        refund_grantable=not fact.false_materials,
        certificate_void=True,
    )
    refusal = _judge_preconditions(fact, severity, reminder)
    if refusal:
        return replace(taken, allowed=False, certificate_void=False, refusals=(refusal,))
    start = bar_start(act_on, act_is_exam_day=act_is_exam_day, decided_on=decided_on)
    bar = bar_of(fact, start=start, act_on=act_on, severity=severity)
    referral = fact.tier == 4 and severity == "serious"
    return replace(taken, barred_from=bar and bar.from_on, barred_until=bar and bar.until_on, referral=referral)


def bar_start(act_on: date, *, act_is_exam_day: bool, decided_on: date) -> date:
    """The first barred day: the day of the act when that is an exam day, otherwise the day of the decision (S5)."""
    return act_on if act_is_exam_day else decided_on


def bar_of(clause: ClauseFact, *, start: date, act_on: date, severity: str | None = None) -> Span | None:
    """The bar that a clause brings, both days included; None when it brings none (S3–S5).

    须知 三: to 31 December of the year of the act; where the decision comes after that day, nothing is left to bar.
    须知 四: to the same date two (lesser) or five (serious) years later; 29 February ends on the 28th.
    """
    if clause.tier == 3:
        year_end = date(act_on.year, 12, 31)
        return Span(start, year_end) if start <= year_end else None
    if clause.tier == 4 and severity in BAR_YEARS:
        return Span(start, add_years(start, BAR_YEARS[severity]))
    return None


def longest_bar(bars: Iterable[Span]) -> Span | None:
    """The bar that ends last; bars are not added up (S5). Of two with one end, the one that began first."""
    return max(bars, key=lambda bar: (bar.until_on, -bar.from_on.toordinal()), default=None)


def sittings_inside(exam_days: Iterable[date], bar: Span) -> tuple[date, ...]:
    """The exam days that a bar cancels, its first and last day included; those after it stay (S11)."""
    return tuple(day for day in exam_days if bar.holds(day))


def _judge_preconditions(clause: ClauseFact, severity: str | None, reminder: bool) -> RefusalFact | None:
    if clause.needs_reminder and not reminder:
        message = "该条款以提醒后仍不改正为前提：请先补记何时、由谁、怎样提醒；没有提醒过的，不能适用该条款。"
        return RefusalFact("reminder_missing", message, clause.citation)
    if clause.needs_severity and severity not in BAR_YEARS:
        message = "请先认定情节轻微或严重，并写明理由。"
        return RefusalFact("severity_missing", message, clause.citation)
    return None
