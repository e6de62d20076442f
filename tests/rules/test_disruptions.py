"""Until when those affected choose, and what silence means (rules A4, C5)."""

from __future__ import annotations

from datetime import date

import pytest

from exams.enums import DisruptionKind as K
from exams.rules.disruptions import answer_until, silence_refunds

from .calendars import CALENDAR


@pytest.mark.parametrize(
    ("decided", "exam", "due"),
    [
        ("2025-07-01", None, "2025-07-08"),
        ("2025-09-26", None, "2025-10-10"),  # 28 September is worked, then the long holiday
        ("2025-07-01", "2025-07-20", "2025-07-08"),
        ("2025-07-01", "2025-07-05", "2025-07-04"),
        ("2025-07-01", "2025-07-08", "2025-07-07"),
        ("2025-07-01", "2025-07-01", "2025-07-01"),
    ],
)
def test_five_working_days_but_never_the_exam_day_itself(decided: str, exam: str | None, due: str) -> None:
    exam_on = date.fromisoformat(exam) if exam else None
    answer = answer_until(date.fromisoformat(decided), CALENDAR, exam_on=exam_on)
    assert str(answer.on) == due


def test_a_year_that_is_not_known_says_so() -> None:
    assert answer_until(date(2027, 3, 1), CALENDAR).provisional


@pytest.mark.parametrize(
    ("kind", "has_place", "refunds"),
    [
        (K.SESSION_CANCELLED, False, True),
        (K.SESSION_MOVED, True, False),
        (K.SESSION_MOVED, False, True),
        (K.SITTING_MOVED, True, False),
        (K.SITTING_CANCELLED, True, False),
    ],
)
def test_silence_refunds_only_where_no_exam_is_left(kind: K, *, has_place: bool, refunds: bool) -> None:
    assert silence_refunds(kind, has_place=has_place) is refunds
