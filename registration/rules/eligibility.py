"""Who may apply (通知 二(一), 须知 三 四; rules E1, E5–E7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kupasi.dates import Span, birthday, first_free, full_years, month_end, month_start
from kupasi.refusals import RefusalFact

MINIMUM_AGE = 16  # 通知 二(一)


@dataclass(frozen=True, slots=True)
class ApplicantFacts:
    """What is known about one person who wants one occupation in one exam month.

    `exam_month` is its first day, None while no window is open. `bars` are those in force or to come, whatever the
    occupation. `certificate_excused` means that staff allowed it, with a reason (E7).
    """

    birth_date: date
    on: date
    exam_month: date | None = None
    bars: tuple[Span, ...] = ()
    live_in_month: bool = False
    open_for_occupation: bool = False
    holds_certificate: bool = False
    certificate_excused: bool = False


@dataclass(frozen=True, slots=True)
class EligibilityAnswer:
    """Whether the person may apply; every reason if not; the first possible day if too young (otherwise None).

    `sit_from` is the first day on which the person may sit where a bar ends within the exam month (E6).
    """

    allowed: bool
    refusals: tuple[RefusalFact, ...]
    eligible_from: date | None
    sit_from: date | None = None


@dataclass(frozen=True, slots=True)
class BarAnswer:
    """What bars mean for an exam month: refused until a day, or allowed from a day on within the month."""

    refusal: RefusalFact | None
    sit_from: date | None


def eligible_from(birth_date: date, *, age: int = MINIMUM_AGE) -> date:
    """The first day on which a person is old enough: the 16th birthday itself; 29 February falls on 1 March (E1)."""
    return birthday(birth_date, age)


def judge_age(birth_date: date, on: date, *, age: int = MINIMUM_AGE) -> RefusalFact | None:
    """`too_young` before the birthday, naming the first possible day (E1); otherwise None."""
    if full_years(birth_date, on) >= age:
        return None
    first = eligible_from(birth_date, age=age)
    message = f"申报当日须年满 {age} 周岁，您自 {first} 起可以申报。"
    return RefusalFact("too_young", message, "通知 二(一)", {"eligible_from": first})


def judge_bars(exam_month: date, bars: Iterable[Span]) -> BarAnswer:
    """Whether bars leave a day to sit on in the exam month (E6).

    A month whose last day is barred is refused with `barred`; where a bar ends earlier in the month, only the days
    after it are left. A bar that starts after the month does not matter.
    """
    listed = list(bars)
    first, last = month_start(exam_month), month_end(exam_month)
    touching = [bar for bar in listed if bar.from_on <= last and bar.until_on >= first]
    if any(bar.holds(last) for bar in touching):
        free = first_free(last, listed)
        until = free - timedelta(days=1)
        message = (
            f"您在 {until}（含当日）前不得参加评价，{free} 起可以参加；请申报那天以后还有考试日的评价月。"
            "对处理有异议的，可查看决定书中的复核办法。"
        )
        return BarAnswer(RefusalFact("barred", message, "须知 三、四", {"barred_until": until, "sit_from": free}), None)
    ends = [bar.until_on for bar in touching]
    return BarAnswer(None, max(ends) + timedelta(days=1) if ends else None)


def may_sit_on(day: date, bars: Iterable[Span]) -> bool:
    """Whether no bar runs on the day; the last barred day is included in a bar (E6, S5)."""
    return not any(bar.holds(day) for bar in bars)


def eligibility(facts: ApplicantFacts, *, age: int = MINIMUM_AGE) -> EligibilityAnswer:
    """Whether this person may apply, with every reason together (E1, E5, E6, E7).

    Codes: too_young, barred, duplicate_application, open_application, holds_certificate.
    """
    bar = judge_bars(facts.exam_month, facts.bars) if facts.exam_month else BarAnswer(None, None)
    too_young = judge_age(facts.birth_date, facts.on, age=age)
    refusals = [item for item in (too_young, bar.refusal) if item]
    refusals += _other_refusals(facts)
    first = eligible_from(facts.birth_date, age=age) if too_young else None
    return EligibilityAnswer(not refusals, tuple(refusals), first, None if bar.refusal else bar.sit_from)


def judge_clash(sittings: Sequence[tuple[datetime, datetime]]) -> RefusalFact | None:
    """`time_clash` when two of one person's sittings (start, end) overlap in time (E5); otherwise None."""
    ends: datetime | None = None
    for starts_at, ends_at in sorted(sittings):
        if ends and starts_at < ends:
            return RefusalFact("time_clash", "两个科目的考试时间重叠，请调整其中一场的安排。", "通知 二(三)")
        ends = max(ends, ends_at) if ends else ends_at
    return None


def judge_giving_up(kept_passes: int, *, confirmed: str) -> RefusalFact | None:
    """`give_up_unconfirmed` when a new application would give up kept passes and this was not confirmed in words (T4).

    `confirmed` is the sentence that the candidate agreed to; empty means that nothing was confirmed.
    """
    if not kept_passes or confirmed.strip():
        return None
    message = "您有仍在有效期内的合格科目；重新申报全部科目并缴费后，该成绩不再保留。请确认后再提交，或改为申请补考。"
    return RefusalFact("give_up_unconfirmed", message, "通知 四(二)")


def _other_refusals(facts: ApplicantFacts) -> Iterator[RefusalFact]:
    if facts.live_in_month:
        message = "您在该评价月已申报过这一职业，请在“我的申报”中查看，无需重复提交。"
        yield RefusalFact("duplicate_application", message, "通知 二(二)")
    elif facts.open_for_occupation:
        message = "您有一份这一职业的申报尚未出成绩，请等成绩确定后再申报。"
        yield RefusalFact("open_application", message, "通知 二(二)")
    if facts.holds_certificate and not facts.certificate_excused:
        message = "您已持有该职业的有效证书，无需重复申报；确有需要的，请到业务受理点说明理由。"
        yield RefusalFact("holds_certificate", message, "通知 一")
