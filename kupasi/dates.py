"""Years, birthdays and working days: pure answers about days, used by every rule.

All civil time is Asia/Shanghai. Nothing here reads the clock. Working days follow the State Council's yearly
arrangement with 调休 (rules C5); a year whose arrangement is not known is provisional, and every answer that
counts a day of such a year says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_YEAR = 2004
LAST_YEAR = 2100
ONE_DAY = timedelta(days=1)

# 春节 (正月初一), 端午, 中秋 of each year from 2004 to 2100 as MMDD (13 characters a year).
_LUNAR = (
    "012206220928 020906110918 012905311006 021806190925 020706080914 012605281003 021406160922 020306060912 "
    "012306230930 021006120919 013106020908 021906200927 020806090915 012805301004 021606180924 020506070913 "
    "012506251001 021206140921 020106030910 012206220929 021006100917 012905311006 021706190925 020606090915 "
    "012605281003 021306160922 020306050912 012306241001 021106120919 013106010908 021906200927 020806100916 "
    "012805301004 021506180924 020406070913 012405271002 021206140920 020106030910 012206220928 021006110917 "
    "013005311005 021706190925 020606080915 012605291004 021406150922 020206040911 012306230930 021106130919 "
    "020106010907 021906200926 020806100916 012805301005 021506170924 020406060913 012406251002 021206140921 "
    "020206030909 012106220928 020906110917 012906011006 021706190925 020506080915 012605281003 021406160923 "
    "020306040911 012306230929 021106130919 013106020908 021906200926 020706100916 012705301005 021506170924 "
    "020506060912 012406241001 021206140920 020206040910 012206220928 020906110917 012906011006 021706190926 "
    "020606070914 012605271003 021406150922 020306050911 012406230929 021006130918 013006020908 021806210927 "
    "020706090916 012705291005 021506170924 020506060913 012506240930 021206140920 020106040909 012106230929 "
    "020906120918 "
)


class Span(NamedTuple):
    """Days from the first to the last, both included."""

    from_on: date
    until_on: date

    def holds(self, day: date) -> bool:
        """Whether the day lies within, the first and the last day included."""
        return self.from_on <= day <= self.until_on


def first_free(day: date, spans: Sequence[Span]) -> date:
    """The first day from this one on that none of the spans holds; spans that meet or overlap count as one."""
    while held := [span.until_on for span in spans if span.holds(day)]:
        day = max(held) + timedelta(days=1)
    return day


class CalendarRangeError(ValueError):
    """A day lies outside the years that the working-day calendar covers (2004–2100)."""


def local_day(moment: datetime) -> date:
    """The day in Shanghai on which an aware moment falls; a naive moment is refused with ValueError."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(SHANGHAI).date()


def last_second(day: date) -> datetime:
    """23:59:59 of the day in Shanghai: the last moment that still counts as that day."""
    return datetime.combine(day, time(23, 59, 59), SHANGHAI)


def is_past(moment: datetime, due: datetime) -> bool:
    """Whether the second named by `due` is over; the whole of that second still counts."""
    return moment >= due.replace(microsecond=0) + timedelta(seconds=1)


def add_years(day: date, years: int) -> date:
    """The same date that many years later (or earlier); 29 February becomes the 28th in a common year (rules T2).

    A day beyond the year 9999 is answered with the last day that can be written.
    """
    if day.year + years > date.max.year:
        return date.max
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        if (day.month, day.day) != (2, 29):
            raise
        return date(day.year + years, 2, 28)


def birthday(born: date, age: int) -> date:
    """The first day on which a person has that many full years; born on 29 February: 1 March in a common year.

    A day beyond the year 9999 is answered with the last day that can be written.
    """
    if born.year + age > date.max.year:
        return date.max
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)


def full_years(born: date, on: date) -> int:
    """Full years of age on a day, the birthday counted (rules E1); negative before birth."""
    years = on.year - born.year
    return years if birthday(born, years) <= on else years - 1


def month_start(day: date) -> date:
    """The first day of the month: how an exam month is written as a date."""
    return day.replace(day=1)


def month_end(day: date) -> date:
    """The last day of the month."""
    return add_months(day, 1) - ONE_DAY


def add_months(day: date, months: int) -> date:
    """The first day of the month that many months after the day's own month."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def statutory_days(year: int) -> frozenset[date]:
    """The public holidays that the law itself fixes for 2004–2100, without the yearly shifting of rest days.

    元旦, 劳动节 (1–2 May) and 国庆 (1–3 October) have fixed dates; 清明 follows the sun; 春节 (the eve and three days),
    端午 and 中秋 are read from a lunar table. Days made up for a holiday on a weekend are left to the arrangement.
    """
    spring, dragon_boat, mid_autumn = _lunar_days(year)
    fixed = [date(year, 1, 1), date(year, 5, 1), date(year, 5, 2), *(date(year, 10, day) for day in (1, 2, 3))]
    festival = [spring + ONE_DAY * shift for shift in (-1, 0, 1, 2)]
    return frozenset([*fixed, *festival, _qingming(year), dragon_boat, mid_autumn])


def _lunar_days(year: int) -> list[date]:
    entry = _LUNAR[(year - FIRST_YEAR) * 13 :]
    return [date(year, int(entry[at : at + 2]), int(entry[at + 2 : at + 4])) for at in (0, 4, 8)]


def _qingming(year: int) -> date:
    """清明: 4 or 5 April, by the usual solar-term formula for this century (2100: the 5th)."""
    short = year - 2000
    return date(year, 4, 5 if year == LAST_YEAR else int(short * 0.2422 + 4.81) - short // 4)


@dataclass(frozen=True, slots=True)
class YearDays:
    """One year's published arrangement: days off (休) and working weekend days (班)."""

    off: frozenset[date]
    work: frozenset[date]


class Deadline(NamedTuple):
    """A day that was counted out, and whether the counting touched a year that is not published yet."""

    on: date
    provisional: bool


class WorkCalendar:
    """Working days of 2004–2100 as a prefix table: every question is one or two list look-ups.

    `years` holds the published arrangements. Any other year is provisional: weekends and statutory days only (C5).
    Build it once per change of the rows and keep it; questions outside the years raise CalendarRangeError.
    """

    def __init__(self, years: Mapping[int, YearDays]) -> None:
        self.known_years = frozenset(years)
        self._start = date(FIRST_YEAR, 1, 1).toordinal()
        self._workdays: list[date] = []
        self._rank: list[int] = []  # per day: how many working days up to and with it
        for year in range(FIRST_YEAR, LAST_YEAR + 1):
            self._add_year(year, years.get(year) or YearDays(statutory_days(year), frozenset()))
        self._unknown_from, self._unknown_until = self._mark_unknown()

    def _add_year(self, year: int, days: YearDays) -> None:
        day, end = date(year, 1, 1), date(year, 12, 31)
        while day <= end:
            if day in days.work or (day.weekday() < 5 and day not in days.off):
                self._workdays.append(day)
            self._rank.append(len(self._workdays))
            day += ONE_DAY

    def _mark_unknown(self) -> tuple[list[int], list[int]]:
        """Per day: index of the first working day of an unknown year after it, and of the last one before it."""
        ahead, behind = [len(self._workdays)] * len(self._rank), [-1] * len(self._rank)
        nearest = len(self._workdays)
        for offset in range(len(self._rank) - 1, -1, -1):
            ahead[offset] = nearest
            if self._is_unknown_workday(offset):
                nearest = self._rank[offset] - 1
        nearest = -1
        for offset in range(len(self._rank)):
            behind[offset] = nearest
            if self._is_unknown_workday(offset):
                nearest = self._rank[offset] - 1
        return ahead, behind

    def _is_unknown_workday(self, offset: int) -> bool:
        index = self._rank[offset] - 1
        works = index >= 0 and self._workdays[index].toordinal() - self._start == offset
        return works and self._workdays[index].year not in self.known_years

    def _offset(self, day: date) -> int:
        offset = day.toordinal() - self._start
        if not 0 <= offset < len(self._rank):
            raise CalendarRangeError(f"working days are known for {FIRST_YEAR}–{LAST_YEAR}")
        return offset

    def _answer(self, day: date, asked: date) -> Deadline:
        return Deadline(day, self.is_provisional(min(day, asked), max(day, asked)))

    def is_workday(self, day: date) -> bool:
        """Whether people work on the day; ask `is_provisional` whether that is final."""
        offset = self._offset(day)
        return self._rank[offset] != (self._rank[offset - 1] if offset else 0)

    def is_provisional(self, first: date, last: date | None = None) -> bool:
        """Whether any year from the first day to the last (both included) lacks its published arrangement."""
        return any(year not in self.known_years for year in range(first.year, (last or first).year + 1))

    def add_working_days(self, day: date, count: int) -> Deadline:
        """The `count`-th working day (1 or more) after the day; the day itself is never counted."""
        offset = day.toordinal() - self._start
        if offset < 0 or count < 1:
            raise CalendarRangeError("count from 2004 on, at least one working day")
        try:
            index = self._rank[offset] + count - 1
            return Deadline(self._workdays[index], index >= self._unknown_from[offset])
        except IndexError:
            raise CalendarRangeError(f"working days are known until {LAST_YEAR}") from None

    def subtract_working_days(self, day: date, count: int) -> Deadline:
        """The `count`-th working day (1 or more) before the day; the day itself is never counted."""
        offset = self._offset(day)
        index = (self._rank[offset - 1] if offset else 0) - count
        if count < 1 or index < 0:
            raise CalendarRangeError(f"working days are known from {FIRST_YEAR}")
        return Deadline(self._workdays[index], index <= self._unknown_until[offset])

    def previous_workday_on_or_before(self, day: date) -> Deadline:
        """The day itself when it is a working day, otherwise the last working day before it."""
        index = self._rank[self._offset(day)] - 1
        if index < 0:
            raise CalendarRangeError(f"working days are known from {FIRST_YEAR}")
        return self._answer(self._workdays[index], day)

    def next_workday_on_or_after(self, day: date) -> Deadline:
        """The day itself when it is a working day, otherwise the first working day after it."""
        if self.is_workday(day):
            return self._answer(day, day)
        index = self._rank[self._offset(day)]
        if index >= len(self._workdays):
            raise CalendarRangeError(f"working days are known until {LAST_YEAR}")
        return self._answer(self._workdays[index], day)

    def working_days_between(self, after: date, until: date) -> int:
        """Working days after the first day, up to and with the second; negative when the second is earlier."""
        return self._rank[self._offset(until)] - self._rank[self._offset(after)]

    def workdays(self, first: date, last: date) -> Iterable[date]:
        """The working days from the first day to the last, both included."""
        start = self._rank[self._offset(first)] - (1 if self.is_workday(first) else 0)
        return self._workdays[start : self._rank[self._offset(last)]]
