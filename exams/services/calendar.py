"""The calendar as rows say it is: windows as facts for the rules, and the working days of the years."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from exams.enums import DayKind, PlanStatus
from exams.models import SpecialDay, Window, WorkdayYear
from exams.rules.calendar import WindowFact
from kupasi.dates import WorkCalendar, YearDays

_built: dict[str, WorkCalendar] = {}


def work_calendar() -> WorkCalendar:
    """The working days of all years, built once per change of the rows and process.

    The stamp is the number and the last change of the rows themselves, so that no process keeps an old calendar.
    """
    years = list(WorkdayYear.objects.order_by("year").values_list("year", "document_no"))
    days = list(SpecialDay.objects.order_by("day").values_list("year_id", "day", "kind"))
    stamp = repr((years, len(days), hash(tuple(days))))
    if stamp not in _built:
        _built.clear()
        _built[stamp] = WorkCalendar(_year_days([year for year, _ in years], days))
    return _built[stamp]


def _year_days(years: list[int], days: list[tuple[int, date, str]]) -> dict[int, YearDays]:
    off: dict[int, set[date]] = defaultdict(set)
    work: dict[int, set[date]] = defaultdict(set)
    for year, day, kind in days:
        (off if kind == DayKind.OFF else work)[year].add(day)
    return {year: YearDays(frozenset(off[year]), frozenset(work[year])) for year in years}


def public_windows() -> list[WindowFact]:
    """The windows of every published plan as facts, in order."""
    rows = Window.objects.filter(plan__status=PlanStatus.PUBLISHED).order_by("opens_on")
    return [WindowFact(row.opens_on, row.closes_on, row.exam_month) for row in rows]
