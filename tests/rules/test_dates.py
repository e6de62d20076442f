"""Years, birthdays and working days (rules C5 and the worked dates)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from kupasi.dates import (
    CalendarRangeError,
    Deadline,
    WorkCalendar,
    add_months,
    add_years,
    birthday,
    full_years,
    is_past,
    last_second,
    local_day,
    month_end,
    statutory_days,
)
from tests.rules.calendars import CALENDAR, YEARS


@pytest.mark.parametrize(
    ("day", "years", "expected"),
    [
        (date(2024, 2, 29), 2, date(2026, 2, 28)),
        (date(2024, 2, 29), 4, date(2028, 2, 29)),
        (date(2025, 3, 15), 2, date(2027, 3, 15)),
        (date(2025, 12, 31), -1, date(2024, 12, 31)),
    ],
)
def test_years_are_added_to_the_same_date(day, years, expected):
    assert add_years(day, years) == expected


@pytest.mark.parametrize(
    ("born", "on", "expected"),
    [
        (date(2009, 5, 20), date(2025, 5, 19), 15),
        (date(2009, 5, 20), date(2025, 5, 20), 16),
        (date(2008, 2, 29), date(2024, 2, 28), 15),
        (date(2008, 2, 29), date(2024, 2, 29), 16),
        (date(2008, 2, 29), date(2025, 2, 28), 16),
        (date(2008, 2, 29), date(2025, 3, 1), 17),
    ],
)
def test_the_birthday_counts(born, on, expected):
    assert full_years(born, on) == expected


def test_a_leap_day_birthday_falls_on_the_first_of_march_in_a_common_year():
    assert birthday(date(2084, 2, 29), 16) == date(2100, 3, 1)


def test_years_beyond_the_calendar_end_on_its_last_day():
    assert [add_years(date(9998, 1, 1), 2), birthday(date(9999, 1, 1), 16)] == [date.max, date.max]


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [(date(2025, 11, 30), 2, date(2026, 1, 1)), (date(2025, 3, 5), -3, date(2024, 12, 1))],
)
def test_months_are_counted_from_the_first(day, months, expected):
    assert add_months(day, months) == expected


def test_a_month_ends_on_its_last_day():
    assert [month_end(date(2024, 2, 3)), month_end(date(2025, 12, 1))] == [date(2024, 2, 29), date(2025, 12, 31)]


def test_a_moment_belongs_to_its_day_in_shanghai():
    assert local_day(datetime(2025, 5, 15, 16, 0, tzinfo=UTC)) == date(2025, 5, 16)


def test_a_moment_without_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        local_day(datetime(2025, 5, 15, 16, 0))


@pytest.mark.parametrize(("second", "micro", "past"), [(59, 0, False), (59, 999_999, False)])
def test_the_last_second_counts_whole(second, micro, past):
    due = last_second(date(2025, 5, 15))
    assert is_past(due.replace(second=second, microsecond=micro), due) is past


def test_midnight_is_past_the_last_second():
    assert is_past(datetime(2025, 5, 15, 16, 0, tzinfo=UTC), last_second(date(2025, 5, 15)))


@pytest.mark.parametrize(
    ("last_exam_on", "after_20", "after_30"),
    [
        ("2025-03-15", "2025-04-14", "2025-04-27"),
        ("2025-04-26", "2025-05-27", "2025-06-11"),
        ("2025-09-28", "2025-10-31", "2025-11-14"),
        ("2025-12-20", "2026-01-19", "2026-02-02"),
        ("2026-01-17", "2026-02-13", "2026-03-05"),
    ],
)
def test_the_worked_dates_come_out(last_exam_on, after_20, after_30):
    day = date.fromisoformat(last_exam_on)
    found = [CALENDAR.add_working_days(day, 20), CALENDAR.add_working_days(day, 30)]
    assert found == [(date.fromisoformat(after_20), False), (date.fromisoformat(after_30), False)]


def test_counting_into_an_unknown_year_is_provisional():
    assert CALENDAR.add_working_days(date(2026, 12, 28), 5) == Deadline(date(2027, 1, 5), True)


def test_counting_up_to_the_end_of_a_known_year_is_final():
    assert CALENDAR.add_working_days(date(2026, 12, 28), 3) == Deadline(date(2026, 12, 31), False)


def test_counting_across_an_unknown_year_is_provisional():
    calendar = WorkCalendar({2025: YEARS[2025], 2027: YEARS[2026]})
    assert calendar.add_working_days(date(2025, 12, 30), 300).provisional


def test_counting_back_into_an_unknown_year_is_provisional():
    assert CALENDAR.subtract_working_days(date(2025, 1, 2), 1) == Deadline(date(2024, 12, 31), True)


def test_counting_back_within_known_years_is_final():
    assert CALENDAR.subtract_working_days(date(2025, 10, 31), 5) == Deadline(date(2025, 10, 24), False)


def test_a_year_that_becomes_known_makes_its_dates_final():
    known = WorkCalendar({**YEARS, 2027: YEARS[2026]})
    assert known.add_working_days(date(2026, 12, 28), 5).provisional is False


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2025-04-27", True), ("2025-10-08", False), ("2025-10-11", True), ("2026-01-02", False), ("2027-02-06", False)],
)
def test_make_up_days_are_worked_and_holidays_are_not(day, expected):
    assert CALENDAR.is_workday(date.fromisoformat(day)) is expected


def test_the_working_day_on_or_before_a_rest_day_is_the_one_before_it():
    assert CALENDAR.previous_workday_on_or_before(date(2025, 10, 8)) == Deadline(date(2025, 9, 30), False)


def test_the_working_day_on_or_after_a_rest_day_is_the_one_after_it():
    assert CALENDAR.next_workday_on_or_after(date(2025, 10, 1)) == Deadline(date(2025, 10, 9), False)


def test_working_days_between_two_days_leave_out_the_first():
    assert CALENDAR.working_days_between(date(2025, 3, 15), date(2025, 4, 14)) == 20


def test_working_days_of_a_span_are_listed():
    found = CALENDAR.workdays(date(2025, 4, 26), date(2025, 4, 28))
    assert list(found) == [date(2025, 4, 27), date(2025, 4, 28)]


def test_the_statutory_days_of_an_unknown_year_follow_the_law():
    spring = {date(2027, 2, day) for day in (5, 6, 7, 8)}
    others = {date(2027, *day) for day in ((1, 1), (4, 5), (5, 1), (5, 2), (6, 9), (9, 15), (10, 1), (10, 2), (10, 3))}
    assert statutory_days(2027) == spring | others


@pytest.mark.parametrize(("day", "count"), [(date(1999, 1, 1), 5), (date(2100, 12, 30), 20), (date(2025, 1, 1), 0)])
def test_questions_outside_the_calendar_are_refused(day, count):
    with pytest.raises(CalendarRangeError):
        CALENDAR.add_working_days(day, count)


def test_every_deadline_agrees_with_counting_day_by_day():
    for start in range(0, 365, 13):
        day = date.fromordinal(date(2025, 1, 1).toordinal() + start)
        left, found = 20, day
        while left:
            found = date.fromordinal(found.toordinal() + 1)
            left -= CALENDAR.is_workday(found)
        assert CALENDAR.add_working_days(day, 20).on == found
