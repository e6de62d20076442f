"""Entries, seats and tickets that a decision took: given back where the day is still to come and the place is free."""

from __future__ import annotations

from discipline.models import Bar, Effect
from exams.enums import EntryStatus, SessionStatus, SittingStatus
from exams.models import AdmissionTicket, Entry, Seat, Sitting
from exams.services import seats as places
from kupasi.audit.services import record
from kupasi.dates import month_end

from .restoring import ENTRY, SEAT, TICKET, Restoring

OVER = "评价月已过或场次已取消，可申请退费"
SEAT_GONE = "原座位已不能恢复，等待重新编排"


def entries(restoring: Restoring) -> None:
    """Name the entries that cannot come back, before the app above decides about their applications."""
    effects = restoring.of(ENTRY)
    found = Entry.objects.filter(pk__in=[one.object_id for one in effects]).select_related("exam_session")
    rows = {str(one.pk): one for one in found}
    for effect in effects:
        entry = rows.get(effect.object_id)
        if entry is None:
            continue
        heir = _barred_by(restoring, entry)
        if heir is not None:
            restoring.blocked_entries[entry.pk] = "仍在另一决定的期限内"
            _with_its_own(restoring, effect, entry, heir)
        elif why := _why_not(entry, restoring):
            restoring.blocked_entries[entry.pk] = why


def _barred_by(restoring: Restoring, entry: Entry) -> Bar | None:
    end = month_end(entry.exam_session.exam_month)
    return Bar.objects.touching(end, end).filter(candidate=entry.candidate_id).order_by("-barred_until").first()


def _with_its_own(restoring: Restoring, effect: Effect, entry: Entry, bar: Bar) -> None:
    """A standing decision whose bar covers the month goes on holding entry, seats and ticket."""
    heir = next((one for one in restoring.heirs if one.pk == bar.case_id), None)
    if heir is None:
        return
    seats = {str(pk) for pk in Seat.objects.filter(entry=entry).values_list("pk", flat=True)}
    tickets = {str(pk) for pk in AdmissionTicket.objects.filter(entry=entry).values_list("pk", flat=True)}
    for one in [*restoring.of(SEAT), *restoring.of(TICKET)]:
        if (one.label == SEAT and one.object_id in seats) or (one.label == TICKET and one.object_id in tickets):
            restoring.pass_on(one, heir)
    restoring.pass_on(effect, heir)


def _why_not(entry: Entry, restoring: Restoring) -> str:
    session = entry.exam_session
    if session.status in (SessionStatus.CANCELLED, SessionStatus.PUBLISHED):
        return OVER
    if month_end(session.exam_month) < restoring.by.on:
        return OVER
    others = Entry.objects.live().filter(candidate=entry.candidate_id, exam_session=session).exclude(pk=entry.pk)
    return "同一场次已另有参评记录" if others.exists() else ""


def seats(restoring: Restoring) -> None:
    """Give back the entries that may return: with their seats and ticket where all of them are free, else to be seated
    anew; one whose sitting began meanwhile cannot return at all.
    """
    for effect in restoring.of(ENTRY):
        why = restoring.blocked_entries.get(int(effect.object_id))
        if why:
            restoring.leave(effect, why)
            continue
        if restoring.put_back([effect]):
            _seats_of(restoring, int(effect.object_id))
    for effect in [*restoring.of(SEAT), *restoring.of(TICKET)]:
        restoring.leave(effect, SEAT_GONE)


def _seats_of(restoring: Restoring, entry_id: int) -> None:
    own = {str(pk) for pk in Seat.objects.filter(entry=entry_id).values_list("pk", flat=True)}
    effects = [one for one in restoring.of(SEAT) if one.object_id in own]
    if not effects:
        return
    if all(_is_free(one, restoring) for one in effects) and restoring.put_back(effects) == effects:
        for one in effects:
            places.take((one.before or {})["sitting_id"])
        tickets = {str(pk) for pk in AdmissionTicket.objects.filter(entry=entry_id).values_list("pk", flat=True)}
        restoring.put_back([one for one in restoring.of(TICKET) if one.object_id in tickets])
        return
    for one in effects:
        restoring.leave(one, SEAT_GONE)
    entry = Entry.objects.get(pk=entry_id)
    if entry.status != EntryStatus.ENROLLED:
        record(restoring.by, "entry.unseated", entry, after={"status": EntryStatus.ENROLLED})
        Entry.objects.filter(pk=entry_id).update(status=EntryStatus.ENROLLED)


def _is_free(effect: Effect, restoring: Restoring) -> bool:
    """The sitting is still to come, has a place, and nobody was given this very seat."""
    before = effect.before or {}
    sitting = Sitting.objects.select_for_update().filter(pk=before["sitting_id"], status=SittingStatus.PLANNED).first()
    if sitting is None or sitting.starts_at <= restoring.by.at or sitting.taken >= sitting.capacity:
        return False
    return not Seat.objects.filter(sitting=sitting, number=before["number"]).exists()
