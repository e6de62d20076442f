"""Windows, ticket days, result days, office hours (rules section 2; 通知 附件1, 二(五), 三, 六)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from exams.rules import (
    WindowFact,
    due_soon_on,
    find_window,
    judge_window,
    notice_plan,
    open_at,
    plan_by_pattern,
    plan_problems,
    recheck_until,
    result_promise,
    results_due,
    ticket_day,
    window_on,
)
from kupasi.dates import SHANGHAI, CalendarRangeError
from tests.rules.calendars import CALENDAR

PLAN = notice_plan()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("opens", "closes", "month"),
    [
        ("2025-01-01", "2025-02-15", "2025-03"),
        ("2025-02-16", "2025-03-15", "2025-04"),
        ("2025-03-16", "2025-04-15", "2025-05"),
        ("2025-04-16", "2025-05-15", "2025-06"),
        ("2025-05-16", "2025-06-15", "2025-07"),
        ("2025-06-16", "2025-07-15", "2025-08"),
        ("2025-07-16", "2025-08-15", "2025-09"),
        ("2025-08-16", "2025-09-15", "2025-10"),
        ("2025-09-16", "2025-10-15", "2025-11"),
        ("2025-10-16", "2025-11-15", "2025-12"),
        ("2025-11-16", "2025-12-31", "2026-01"),
    ],
)
def test_each_window_of_the_notice_leads_to_its_month_from_first_to_last_day(opens, closes, month):
    first, last = date.fromisoformat(opens), date.fromisoformat(closes)
    expected = WindowFact(first, last, date.fromisoformat(f"{month}-01"))
    assert [window_on(first, PLAN), window_on(last, PLAN)] == [expected, expected]


def test_the_notice_has_eleven_windows_and_none_leads_to_february():
    assert (len(PLAN), [item for item in PLAN if item.exam_month.month == 2]) == (11, [])


def test_a_day_knows_its_window_and_the_next_one():
    answer = find_window(date(2025, 5, 20), PLAN)
    assert (answer.window.exam_month, answer.next_window.opens_on) == (date(2025, 7, 1), date(2025, 6, 16))


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2025-12-31T23:59:59.999999", True),
        ("2026-01-01T00:00:00", False),
        ("2024-12-31T23:59:59", False),
        ("2025-01-01T00:00:00", True),
    ],
)
def test_the_closing_day_counts_to_its_last_second(moment, open_):
    assert (judge_window(at(moment), PLAN) is None) is open_


def test_the_moment_is_judged_in_shanghai():
    assert judge_window(datetime(2024, 12, 31, 16, 0, tzinfo=UTC), PLAN) is None


def test_a_closed_moment_names_the_next_window():
    refusal = judge_window(at("2024-12-31T12:00"), PLAN)
    assert (refusal.code, refusal.extra["next_window"]) == ("no_open_window", PLAN[0])


def test_after_the_last_window_there_is_no_next_one():
    assert find_window(date(2026, 1, 1), PLAN) == find_window(date(2026, 1, 1), [])


def test_another_year_follows_the_pattern():
    plan = plan_by_pattern(2026, PLAN)
    assert (plan[0], plan[-1].exam_month) == (
        WindowFact(date(2026, 1, 1), date(2026, 2, 15), date(2026, 3, 1)),
        date(2027, 1, 1),
    )


def test_a_window_that_ends_with_february_still_ends_with_it():
    leap = [WindowFact(date(2024, 2, 1), date(2024, 2, 29), date(2024, 4, 1))]
    assert plan_by_pattern(2025, leap)[0].closes_on == date(2025, 2, 28)


def test_an_empty_plan_has_an_empty_pattern():
    assert plan_by_pattern(2026, []) == ()


def test_the_notices_plan_can_be_published():
    assert plan_problems(PLAN) == ()


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        ([((3, 5), (3, 1), 5)], ["window_order"]),
        ([((3, 1), (3, 31), 3)], ["month_too_early"]),
        ([((3, 1), (3, 31), 5), ((3, 31), (4, 15), 6)], ["windows_overlap"]),
    ],
)
def test_a_faulty_plan_is_named(windows, expected):
    facts = [WindowFact(date(2025, *a), date(2025, *b), date(2025, month, 1)) for a, b, month in windows]
    assert [item.code for item in plan_problems(facts)] == expected


@pytest.mark.parametrize(
    ("exam_on", "expected"),
    [
        ("2025-03-15", "2025-03-12"),
        ("2025-04-26", "2025-04-23"),
        ("2025-09-28", "2025-09-25"),
        ("2025-12-20", "2025-12-17"),
        ("2026-01-17", "2026-01-14"),
        ("2025-10-11", "2025-09-30"),
        ("2025-04-30", "2025-04-27"),
    ],
)
def test_tickets_are_made_three_days_before_or_on_the_working_day_before_that(exam_on, expected):
    assert ticket_day(date.fromisoformat(exam_on), CALENDAR) == (date.fromisoformat(expected), False)


@pytest.mark.parametrize("exam_on", [date.min, date(2003, 12, 31), date(2101, 6, 1), date.max])
def test_a_ticket_day_outside_the_calendar_is_refused(exam_on):
    with pytest.raises(CalendarRangeError):
        ticket_day(exam_on, CALENDAR)


@pytest.mark.parametrize(
    ("last", "plain", "marking"),
    [
        ("2025-03-15", "2025-04-14", "2025-04-27"),
        ("2025-04-26", "2025-05-27", "2025-06-11"),
        ("2025-09-28", "2025-10-31", "2025-11-14"),
        ("2025-12-20", "2026-01-19", "2026-02-02"),
        ("2026-01-17", "2026-02-13", "2026-03-05"),
    ],
)
def test_results_are_due_after_twenty_or_thirty_working_days(last, plain, marking):
    day = date.fromisoformat(last)
    found = [results_due(day, CALENDAR, marking=flag).on.isoformat() for flag in (False, True)]
    assert found == [plain, marking]


def test_results_of_december_2026_are_due_on_a_provisional_day():
    assert results_due(date(2026, 12, 19), CALENDAR, marking=False).provisional


def test_the_office_may_set_another_figure():
    assert results_due(date(2025, 9, 28), CALENDAR, marking=False, days=1).on == date(2025, 9, 29)


def test_due_soon_begins_five_working_days_before():
    assert due_soon_on(date(2025, 4, 14), CALENDAR) == (date(2025, 4, 7), False)


@pytest.mark.parametrize(
    ("today", "expected"),
    [("2025-04-03", "waiting"), ("2025-04-07", "due_soon"), ("2025-04-14", "due_soon"), ("2025-04-15", "overdue")],
)
def test_a_result_is_due_soon_and_then_overdue(today, expected):
    assert result_promise(date.fromisoformat(today), date(2025, 4, 14), CALENDAR) == expected


def test_a_recheck_may_be_asked_for_ten_working_days():
    assert recheck_until(date(2025, 9, 28), CALENDAR).on == date(2025, 10, 17)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2025-04-27T09:30", True),
        ("2025-04-28T09:29:59", False),
        ("2025-04-28T11:00", False),
        ("2025-04-28T13:30", True),
        ("2025-04-28T16:29:59", True),
        ("2025-04-28T16:30", False),
        ("2025-05-01T10:00", False),
        ("2025-04-26T10:00", False),
    ],
)
def test_the_office_is_open_on_working_days_within_its_hours(moment, is_open):
    assert open_at(at(moment), CALENDAR).is_open is is_open


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2025-04-28T08:00", "2025-04-28T09:30"),
        ("2025-04-28T12:00", "2025-04-28T13:30"),
        ("2025-09-30T17:00", "2025-10-09T09:30"),
        ("2025-10-03T10:00", "2025-10-09T09:30"),
    ],
)
def test_a_closed_office_says_when_it_opens(moment, opens):
    assert open_at(at(moment), CALENDAR).opens_at == at(opens)


def test_an_open_office_says_when_it_closes():
    assert open_at(at("2025-04-28T10:00"), CALENDAR).closes_at == at("2025-04-28T11:00")


def test_office_hours_of_an_unknown_year_are_provisional():
    assert open_at(at("2026-12-31T17:00"), CALENDAR).provisional
