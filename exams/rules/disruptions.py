"""Until when those affected by a cancelled or moved exam choose, and what their silence means (rules A4)."""

from __future__ import annotations

from datetime import date, timedelta

from exams.enums import DisruptionKind
from kupasi.dates import Deadline, WorkCalendar

ANSWER_DAYS = 5  # decided here: the notice names no time limit


def answer_until(
    decided_on: date, calendar: WorkCalendar, *, days: int = ANSWER_DAYS, exam_on: date | None = None
) -> Deadline:
    """The last day, included, for the choice: `days` working days after the decision (rules A4, C5).

    Where the exam is held anyway on `exam_on`, the choice ends on the day before, but never before the decision day.
    """
    due = calendar.add_working_days(decided_on, days)
    if exam_on is None or due.on < exam_on:
        return due
    return Deadline(max(decided_on, exam_on - timedelta(days=1)), False)


def silence_refunds(kind: DisruptionKind, *, has_place: bool) -> bool:
    """Whether nobody's answer means the fee goes back: only where there is no exam left to be held (rules A4).

    `has_place` is false for somebody whose session is gone and who has no place in another.
    """
    return kind in (DisruptionKind.SESSION_CANCELLED, DisruptionKind.SESSION_MOVED) and not has_place
