"""Rechecks: until when one may be asked for, until when it is answered, what it looks at (rules M6)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from exams.enums import RecheckPoint
from kupasi.dates import Deadline, WorkCalendar
from kupasi.refusals import RefusalFact

RECHECK_WORKING_DAYS = 10  # decided here, for asking and for answering
CLAUSE = "本单位规定：成绩复核"


def recheck_until(published_on: date, calendar: WorkCalendar, *, days: int = RECHECK_WORKING_DAYS) -> Deadline:
    """The last day, included, on which a recheck may be asked for; the day of publication is not counted."""
    return calendar.add_working_days(published_on, days)


def answer_due(asked_on: date, calendar: WorkCalendar, *, days: int = RECHECK_WORKING_DAYS) -> Deadline:
    """The last day, included, for the answer; the day of asking is not counted."""
    return calendar.add_working_days(asked_on, days)


def judge_recheck(
    points: Collection[str], *, on: date, published_on: date | None, until: date | None, asked_before: bool
) -> RefusalFact | None:
    """Whether a mark may be rechecked: never before it is visible, in time, once, for the points there are.

    Codes: not_published, recheck_points, recheck_late, recheck_twice.
    """
    if published_on is None or until is None:
        return RefusalFact("not_published", "成绩还没有公布，公布后才能申请复核。", CLAUSE)
    if asked_before:
        return RefusalFact("recheck_twice", "这一科已经申请过复核，请查看答复。", CLAUSE)
    if on > until:
        message = f"复核申请已于 {until} 截止；仍有疑问的，请联系业务受理点。"
        return RefusalFact("recheck_late", message, CLAUSE, {"until": until})
    if not points or not set(points) <= set(RecheckPoint):
        return RefusalFact("recheck_points", "请至少选择一项要复核的内容。", CLAUSE)
    return None
