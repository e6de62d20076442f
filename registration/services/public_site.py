"""What the public pages show: facts gathered from published rows, judged by the rules, put into words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Literal

from django.utils.formats import date_format

from exams.models import Fee, Occupation
from exams.rules.calendar import WindowFact, find_window, open_at, window_on
from exams.rules.fees import FeeAnswer, PriceFact, fee_on
from kupasi.dates import WorkCalendar, local_day
from kupasi.ics import Event

WindowState = Literal["past", "now", "later"]


@dataclass(frozen=True, slots=True)
class WindowRow:
    """A line of the year's table: the window and how it stands today."""

    window: WindowFact
    state: WindowState


@dataclass(frozen=True, slots=True)
class NamedItem:
    """A subject's name and fee in yuan."""

    subject: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class OccupationCard:
    """An occupation with what it costs on a day."""

    occupation: Occupation
    items: tuple[NamedItem, ...]
    total: Decimal


@dataclass(frozen=True, slots=True)
class OfficeState:
    """Whether the office is open now, and the sentence that says until when or when next."""

    is_open: bool
    sentence: str


def window_rows(windows: Iterable[WindowFact], *, today: date) -> list[WindowRow]:
    """Each window with its state on the day."""
    return [WindowRow(item, _state(item, today)) for item in windows]


def _state(item: WindowFact, today: date) -> WindowState:
    if window_on(today, [item]):
        return "now"
    return "past" if item.closes_on < today else "later"


def year_shown(windows: Sequence[WindowFact], *, today: date) -> int:
    """The year whose table the home page shows: that of the open or next window, otherwise the day's own."""
    answer = find_window(today, windows)
    shown = answer.window or answer.next_window
    return shown.opens_on.year if shown else today.year


def occupation_cards(*, on: date) -> list[OccupationCard]:
    """The occupations offered, each with its fees on the day (通知 二(四)); those without a price are left out."""
    offered = list(Occupation.objects.public().prefetch_related("subjects__fees"))
    cards = [_card(occupation, on) for occupation in offered]
    return [card for card in cards if card.items]


def _card(occupation: Occupation, on: date) -> OccupationCard:
    mode = occupation.exam_mode
    subjects = {one.code: one for one in occupation.subjects.all() if one.is_in(mode)}
    prices = [_price(code, fee) for code, subject in subjects.items() for fee in subject.fees.all()]
    answer: FeeAnswer = fee_on(on, prices, list(subjects))
    items = tuple(NamedItem(subjects[item.subject].name, item.amount) for item in answer.items)
    return OccupationCard(occupation, items, answer.total)


def _price(code: str, fee: Fee) -> PriceFact:
    return PriceFact(code, fee.amount, fee.effective_from, fee.effective_until)


def office_state(moment: datetime, work_days: WorkCalendar, *, hours: Sequence[tuple[time, time]]) -> OfficeState:
    """The sentence about the office at a moment (通知 六(二))."""
    answer = open_at(moment, work_days, hours=hours)
    if answer.closes_at:
        return OfficeState(True, f"现在正在办理，{answer.closes_at:%H:%M} 结束")
    if answer.opens_at is None:
        return OfficeState(False, "现在不办理")
    today, opens = local_day(moment), answer.opens_at
    day = "今天" if opens.date() == today else date_format(opens.date(), "n月j日（l）")
    unsure = "；当年放假安排尚未公布，以公告为准" if answer.provisional else ""
    return OfficeState(False, f"现在不办理，{day} {opens:%H:%M} 开始{unsure}")


def calendar_events(windows: Iterable[WindowFact], *, site: str) -> list[Event]:
    """Each window as an all-day entry of the calendar file, named by its exam month."""
    return [
        Event(
            uid=f"window-{item.opens_on:%Y%m%d}@kupasi",
            title=f"申报 {item.exam_month.year}年{item.exam_month.month}月职业技能评价",
            first=item.opens_on,
            last=item.closes_on,
            text=f"{item.closes_on.month}月{item.closes_on.day}日 24:00 截止。依据：通知 附件1。",
            url=site,
        )
        for item in windows
    ]


@dataclass(frozen=True, slots=True)
class YearShown:
    """A year of the calendar page."""

    year: int
    windows: tuple[WindowRow, ...]


def years(windows: Iterable[WindowFact], *, today: date) -> list[YearShown]:
    """The published years: this year and later ones in order, then the past ones, the latest first."""
    by_year: dict[int, list[WindowRow]] = {}
    for row in window_rows(windows, today=today):
        by_year.setdefault(row.window.opens_on.year, []).append(row)
    ordered = sorted(by_year, key=lambda year: (year < today.year, abs(year - today.year)))
    return [YearShown(year, tuple(by_year[year])) for year in ordered]
