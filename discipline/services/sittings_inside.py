"""Sittings that fall inside a bar, and the right to a sitting that false materials gave (rules E6, S1, S11)."""

from __future__ import annotations

from django.db.models import F

from discipline.models import Case
from exams.enums import Attendance, EntryStatus, TicketStatus
from exams.models import AdmissionTicket, Entry, Seat, Sitting
from kupasi.dates import Span, month_end

from .ledger import Ledger

WAITING = (EntryStatus.ENROLLED, EntryStatus.SEATED, EntryStatus.TICKETED)


def end_entry(case: Case, ledger: Ledger) -> list[int]:
    """The entry that the case is about, when it has not been sat: there is nothing left to sit for (须知 一)."""
    rows = Entry.objects.select_for_update(of=("self",)).filter(cases=case, status__in=WAITING)
    entries = list(rows.select_related("exam_session__occupation"))
    begun = _begun(entries, ledger)
    return _take_out([one for one in entries if one.pk not in begun], ledger, "参评资格取消")


def clear_bar(case: Case, bar: Span, ledger: Ledger) -> list[int]:
    """Take out what falls inside the bar: the whole entry where its exam month ends inside, else its barred seats.

    Sittings that have begun are left as they are; those after the bar stay (S11). Returns the entries taken out.
    """
    rows = Entry.objects.select_for_update(of=("self",)).select_related("exam_session__occupation")
    waiting = list(rows.filter(candidate=case.candidate_id, status__in=WAITING).order_by("pk"))
    begun = _begun(waiting, ledger)
    waiting = [one for one in waiting if one.pk not in begun]
    whole = [one for one in waiting if _is_inside(one, bar)]
    rest = [one.pk for one in waiting if not _is_inside(one, bar)]
    gone = _take_out(whole, ledger, "在期限内，取消")
    inside = Seat.objects.filter(
        entry__in=rest, sitting__on__gte=bar.from_on, sitting__on__lte=bar.until_on, sitting__starts_at__gt=ledger.by.at
    )
    unseated = set(inside.values_list("entry", flat=True))
    again = [one for one in waiting if one.pk in unseated]
    _take_seats(again, ledger)
    ledger.change(
        [one for one in again if one.status != EntryStatus.ENROLLED],
        group="sitting",
        words=lambda one: f"{one.exam_session}：期限内的座位取消，期满后重新编排",
        status=EntryStatus.ENROLLED,
    )
    return gone


def _is_inside(entry: Entry, bar: Span) -> bool:
    month = entry.exam_session.exam_month
    return bar.from_on <= month_end(month) <= bar.until_on


def _begun(entries: list[Entry], ledger: Ledger) -> set[int]:
    """Entries whose every sitting has begun: they are in the room or home again, their marks are another matter."""
    moments: dict[int, list[bool]] = {}
    seats = Seat.objects.filter(entry__in=entries).order_by().values_list("entry", "sitting__starts_at")
    for entry_id, starts_at in seats:
        moments.setdefault(entry_id, []).append(starts_at is not None and starts_at <= ledger.by.at)
    return {entry_id for entry_id, begun in moments.items() if all(begun)}


def _take_out(entries: list[Entry], ledger: Ledger, words: str) -> list[int]:
    _take_seats(entries, ledger)
    ledger.change(
        entries, group="sitting", words=lambda one: f"{one.exam_session}：{words}", status=EntryStatus.CANCELLED
    )
    return [one.pk for one in entries]


def _take_seats(entries: list[Entry], ledger: Ledger) -> None:
    """Seats that nobody has sat on are free again, tickets are worthless: a statement each, however many."""
    if not entries:
        return
    seats = Seat.objects.select_for_update(of=("self",)).select_related("sitting__subject", "sitting__room__site")
    seats = seats.filter(entry__in=entries, sitting__isnull=False, attendance=Attendance.UNKNOWN).order_by("pk")
    free = list(seats)
    Sitting.objects.filter(pk__in=[one.sitting_id for one in free], taken__gte=1).update(taken=F("taken") - 1)
    ledger.change(
        free,
        group="sitting",
        words=lambda one: f"座位取消：{one.sitting} {one.number} 号",
        sitting_id=None,
        number=None,
    )
    tickets = AdmissionTicket.objects.select_for_update().filter(entry__in=entries)
    ledger.change(
        tickets.exclude(status=TicketStatus.REVOKED).order_by("pk"),
        group="sitting",
        words=lambda one: f"准考证 {one.number} 作废",
        status=TicketStatus.REVOKED,
    )
