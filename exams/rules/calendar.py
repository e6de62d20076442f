"""Windows, exam months, ticket days, result days and office hours (通知 附件1, 二(五), 三, 六; rules section 2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple

from kupasi.dates import FIRST_YEAR, SHANGHAI, CalendarRangeError, Deadline, WorkCalendar, local_day
from kupasi.refusals import RefusalFact

PLAN_YEAR = 2025
PLAN_2025 = (  # 附件1 申报及评价时间计划表: 申报时间 from, until, 评价时间
    ((1, 1), (2, 15), 3),
    ((2, 16), (3, 15), 4),
    ((3, 16), (4, 15), 5),
    ((4, 16), (5, 15), 6),
    ((5, 16), (6, 15), 7),
    ((6, 16), (7, 15), 8),
    ((7, 16), (8, 15), 9),
    ((8, 16), (9, 15), 10),
    ((9, 16), (10, 15), 11),
    ((10, 16), (11, 15), 12),
    ((11, 16), (12, 31), 13),  # January of the next year; nothing leads to February
)
TICKET_DAYS_BEFORE = 3  # 通知 二(五)
RESULT_WORKING_DAYS = 20  # 通知 三
RESULT_WORKING_DAYS_MARKING = 30  # 通知 三, where 阅卷 or 工件检测 is involved
DUE_SOON_WORKING_DAYS = 5  # rules M5
RECHECK_WORKING_DAYS = 10  # rules M6, to ask and to answer
OFFICE_HOURS = ((time(9, 30), time(11, 0)), (time(13, 30), time(16, 30)))  # 通知 六(二)


@dataclass(frozen=True, slots=True, order=True)
class WindowFact:
    """One 申报时间段: both days included, and the exam month it leads to, written as its first day."""

    opens_on: date
    closes_on: date
    exam_month: date


@dataclass(frozen=True, slots=True)
class WindowAnswer:
    """The window that is open on a day, and the next one to open after that day; either may be missing."""

    on: date
    window: WindowFact | None
    next_window: WindowFact | None


class OfficeAnswer(NamedTuple):
    """Whether the office is open at a moment, until when, and when it opens next if it is not."""

    is_open: bool
    closes_at: datetime | None
    opens_at: datetime | None
    provisional: bool


Promise = Literal["waiting", "due_soon", "overdue"]


def notice_plan() -> tuple[WindowFact, ...]:
    """The eleven windows of 附件1 with their dates in 2025."""
    return tuple(
        WindowFact(
            date(PLAN_YEAR, *opens),
            date(PLAN_YEAR, *closes),
            date(PLAN_YEAR, month, 1) if month <= 12 else date(PLAN_YEAR + 1, month - 12, 1),
        )
        for opens, closes, month in PLAN_2025
    )


def plan_by_pattern(year: int, previous: Iterable[WindowFact]) -> tuple[WindowFact, ...]:
    """Another year's plan as a draft, on the days and months of the previous plan (C3); empty for an empty plan."""
    pattern = sorted(previous)
    shift = year - pattern[0].opens_on.year if pattern else 0
    return tuple(
        WindowFact(
            _shifted(item.opens_on, shift), _shifted_end(item.closes_on, shift), _shifted(item.exam_month, shift)
        )
        for item in pattern
    )


def plan_problems(windows: Iterable[WindowFact]) -> tuple[RefusalFact, ...]:
    """What keeps a plan from being published (C1): window_order, windows_overlap, month_too_early."""
    pattern, found = sorted(windows), []
    for item in pattern:
        if item.closes_on < item.opens_on:
            found.append(_plan_problem("window_order", f"{item.opens_on} 开始的时间段结束得比开始早，请改正日期。"))
        if item.exam_month <= item.closes_on:
            found.append(_plan_problem("month_too_early", f"{item.opens_on} 开始的时间段应早于其评价月结束，请改正。"))
    for earlier, later in pairwise(pattern):
        if later.opens_on <= earlier.closes_on:
            found.append(_plan_problem("windows_overlap", f"{later.opens_on} 开始的时间段与前一段重叠，请改正日期。"))
    return tuple(found)


def window_on(day: date, windows: Iterable[WindowFact]) -> WindowFact | None:
    """The window that is open on the day, its first and last day included (C1)."""
    return next((item for item in windows if item.opens_on <= day <= item.closes_on), None)


def next_window(day: date, windows: Iterable[WindowFact]) -> WindowFact | None:
    """The first window that opens after the day."""
    return min((item for item in windows if item.opens_on > day), default=None)


def find_window(day: date, windows: Sequence[WindowFact]) -> WindowAnswer:
    """The open window and the next one, for a day in Shanghai (C2)."""
    return WindowAnswer(day, window_on(day, windows), next_window(day, windows))


def judge_window(moment: datetime, windows: Sequence[WindowFact]) -> RefusalFact | None:
    """`no_open_window` when nothing can be submitted at this moment, naming the next window; otherwise None (C2)."""
    answer = find_window(local_day(moment), windows)
    if answer.window:
        return None
    upcoming = answer.next_window
    if upcoming is None:
        return RefusalFact("no_open_window", "现在不在申报时间内，下一个时间段尚未公布，请留意通知。", "通知 附件1")
    message = f"现在不在申报时间内，下一个时间段是 {upcoming.opens_on} 至 {upcoming.closes_on}，请届时申报。"
    return RefusalFact("no_open_window", message, "通知 附件1", {"next_window": upcoming})


def ticket_day(exam_on: date, calendar: WorkCalendar, *, days_before: int = TICKET_DAYS_BEFORE) -> Deadline:
    """The day the ticket is made: 3 calendar days before the exam, or the working day before that (C6, 通知 二(五))."""
    if exam_on.year < FIRST_YEAR:
        raise CalendarRangeError(f"working days are known from {FIRST_YEAR}")
    return calendar.previous_workday_on_or_before(exam_on - timedelta(days=days_before))


def results_due(last_exam_on: date, calendar: WorkCalendar, *, marking: bool, days: int | None = None) -> Deadline:
    """The last day for results: 20 working days after the last subject's day, 30 with 阅卷 or 工件检测 (C7, 通知 三).

    `days` overrides the figure where the office has set another one. The exam day itself is not counted.
    """
    figure = RESULT_WORKING_DAYS_MARKING if marking else RESULT_WORKING_DAYS
    return calendar.add_working_days(last_exam_on, figure if days is None else days)


def due_soon_on(due_on: date, calendar: WorkCalendar, *, days: int = DUE_SOON_WORKING_DAYS) -> Deadline:
    """The first day on which a result is flagged as due soon: 5 working days before it is due (M5)."""
    return calendar.subtract_working_days(due_on, days)


def result_promise(today: date, due_on: date, calendar: WorkCalendar, *, days: int = DUE_SOON_WORKING_DAYS) -> Promise:
    """Where an unpublished result stands: waiting, due_soon (up to the due day, included) or overdue (M5)."""
    if today > due_on:
        return "overdue"
    return "due_soon" if today >= due_soon_on(due_on, calendar, days=days).on else "waiting"


def recheck_until(published_on: date, calendar: WorkCalendar, *, days: int = RECHECK_WORKING_DAYS) -> Deadline:
    """The last day on which a recheck may be asked for: 10 working days after publication (M6)."""
    return calendar.add_working_days(published_on, days)


def recheck_due(asked_on: date, calendar: WorkCalendar, *, days: int = RECHECK_WORKING_DAYS) -> Deadline:
    """The day by which a recheck is answered: 10 working days after it was asked for (M6)."""
    return calendar.add_working_days(asked_on, days)


def open_at(
    moment: datetime, calendar: WorkCalendar, *, hours: Sequence[tuple[time, time]] = OFFICE_HOURS
) -> OfficeAnswer:
    """Whether the office is open: on working days within its hours, the closing time excluded (C8, 通知 六(二))."""
    today, clock = local_day(moment), moment.astimezone(SHANGHAI).time()
    provisional = calendar.is_provisional(today)
    if calendar.is_workday(today):
        for opens, closes in hours:
            if opens <= clock < closes:
                return OfficeAnswer(True, _at(today, closes), None, provisional)
            if clock < opens:
                return OfficeAnswer(False, None, _at(today, opens), provisional)
    following = calendar.add_working_days(today, 1)
    return OfficeAnswer(False, None, _at(following.on, hours[0][0]), provisional or following.provisional)


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, SHANGHAI)


def _shifted(day: date, years: int) -> date:
    """The same month and day in another year; a window that began on 29 February begins on 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _shifted_end(day: date, years: int) -> date:
    """The same month and day; the end of February stays the end of February."""
    return _shifted(day + timedelta(days=1), years) - timedelta(days=1)


def _plan_problem(code: str, message: str) -> RefusalFact:
    return RefusalFact(code, message, "通知 附件1")
