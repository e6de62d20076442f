"""100,000 result deadlines from the prefix table against chinesecalendar's own walk from day to day.

The table is built once per change of the calendar's rows and kept, so building it is not part of a deadline. The walk
is measured on a smaller number of the same days, per deadline. It is started on working days only: from a rest day
its answer is a day late.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import cycle, islice

import chinese_calendar

from bench.harness import Row, compare, seconds
from kupasi.dates import WorkCalendar, YearDays

DEADLINES = 100_000
WALKED = 400
COUNT = 20
YEARS = (2024, 2025, 2026)


def year_days(year: int) -> YearDays:
    """A year's arrangement as chinesecalendar knows it."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    off = [day for day in chinese_calendar.get_holidays(first, last) if day.weekday() < 5]
    work = [day for day in chinese_calendar.get_workdays(first, last) if day.weekday() >= 5]
    return YearDays(frozenset(off), frozenset(work))


def exam_days() -> list[date]:
    """The working days of a year and a half, from which both sides count."""
    first = date(2025, 1, 1)
    return [day for day in (first + timedelta(days=n) for n in range(540)) if chinese_calendar.is_workday(day)]


def rows() -> Iterator[Row]:
    """Deadlines a second; both sides must agree before their speed is compared."""
    calendar = WorkCalendar({year: year_days(year) for year in YEARS})
    days = exam_days()
    for day in days:
        assert calendar.add_working_days(day, COUNT).on == chinese_calendar.find_workday(COUNT, day)
    many, few = list(islice(cycle(days), DEADLINES)), list(islice(cycle(days), WALKED))

    def table() -> None:
        for day in many:
            calendar.add_working_days(day, COUNT)

    def walk() -> None:
        for day in few:
            chinese_calendar.find_workday(COUNT, day)

    yield compare(
        "100,000 deadlines",
        ours=lambda: DEADLINES / seconds(table),
        against="chinesecalendar.find_workday",
        reference=lambda: WALKED / seconds(walk),
        goal=1000,
        unit="deadlines/s",
        at_most=False,
    )
