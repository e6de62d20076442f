"""A candidate's place in a session: enrolled, papers in, moved, cancelled."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from exams.enums import ENTRY_NEXT, TICKET_NEXT, EntryKind, EntrySource, EntryStatus, TicketStatus
from exams.models import AdmissionTicket, Entry, ExamSession, Seat, Subject
from kupasi.acts import Act
from kupasi.audit.models import Entry as Line
from kupasi.audit.services import compose, record
from kupasi.errors import Refusal
from kupasi.notices import services as notices
from kupasi.people.models import Candidate, Institution, Photo

from . import giving_up, seats

SEATED = frozenset({EntryStatus.SEATED, EntryStatus.TICKETED})
TICKET_FIELDS = ("status", "sent_at", "answered_at", "dispute", "version")  # what a move of a ticket may write


@transaction.atomic
def enrol(
    by: Act,
    *,
    candidate: Candidate,
    exam_session: ExamSession,
    subjects: Iterable[Subject],
    photo: Photo | None,
    kind: EntryKind = EntryKind.FULL,
    source: EntrySource = EntrySource.REGULAR,
    needs: str = "",
    words: str = "",
    builds_on: Collection[int] = (),
    institution: Institution | None = None,
) -> Entry:
    """Enter an approved, paid candidate in a session, with one seat to be arranged per subject (rules 4).

    A full entry gives up the kept passes there are, as confirmed in `words` (rules T4); a retake `builds_on` the marks
    with these keys (T8). `institution` is the one that filed the person, if any. A second call for the same person and
    session returns the live entry. Refuses with `no_subjects`.
    """
    chosen = list(subjects)
    if not chosen:
        raise Refusal("no_subjects", "请至少选择一个科目。", "通知 二(四)")
    live = _live(candidate, exam_session)
    if live is not None:
        return live
    try:
        with transaction.atomic():
            entry = Entry.objects.create(
                exam_session=exam_session, candidate=candidate, photo=photo, kind=kind, source=source, needs=needs,
                exam_mode=exam_session.occupation.exam_mode, institution=institution, created_at=by.at,
            )  # fmt: skip
    except IntegrityError:  # somebody entered the same person at this very moment
        live = _live(candidate, exam_session)
        if live is None:
            raise
        return live
    Seat.objects.bulk_create([Seat(entry=entry, subject=subject) for subject in chosen])
    record(by, "entry.enrolled", entry, after={"subjects": sorted(one.code for one in chosen), "kind": kind})
    if kind == EntryKind.RETAKE:
        giving_up.build_on(entry, builds_on)
    elif source == EntrySource.REGULAR:
        giving_up.give_up(entry, words=words, by=by)
    return entry


def _live(candidate: Candidate, exam_session: ExamSession) -> Entry | None:
    return Entry.objects.live().filter(candidate=candidate, exam_session=exam_session).first()


@transaction.atomic
def papers_received(entry_id: int, *, by: Act) -> Entry:
    """Record that the signed original is in; before that nobody is seated (规则 E3). Refuses with `wrong_status`."""
    entry = locked(entry_id)
    if entry.papers_in_at is not None:
        return entry
    if entry.status == EntryStatus.CANCELLED:
        raise Refusal("wrong_status", "该参评记录已取消，不能再登记原件。")
    entry.papers_in_at = by.at
    entry.save(update_fields=["papers_in_at"])
    record(by, "entry.papers_received", entry, after={"papers_in_at": by.at})
    return entry


@transaction.atomic
def cancel_entry(entry_id: int, *, by: Act, reason: str) -> Entry:
    """Take a candidate out of a session: seats are free again, the ticket is revoked and its holder told.

    Whoever sat already keeps the seat as a record. Refuses with `wrong_status` once the result is published.
    """
    entry = locked(entry_id)
    if entry.status == EntryStatus.CANCELLED:
        return entry
    move_to(entry, EntryStatus.CANCELLED, by=by, action="entry.cancelled", reason=reason)
    seats.free_all(entry)
    ticket = revoke_ticket(entry, by=by, reason=reason)
    if ticket is not None:
        notices.queue(
            by,
            key=f"ticket-revoked:{ticket.pk}",
            kind="ticket_revoked",
            subject="准考证已作废",
            body=f"您在{entry.exam_session}的准考证（{ticket.number}）已作废，请勿前往考核点。如有疑问请联系我们。",
            candidate=entry.candidate,
            about=entry,
        )
    return entry


def revoke_ticket(entry: Entry, *, by: Act, reason: str) -> AdmissionTicket | None:
    """Make the entry's ticket worthless until a new version is made; None when there is none or it already is."""
    ticket = AdmissionTicket.objects.select_for_update().filter(entry=entry).first()
    if ticket is None or ticket.status == TicketStatus.REVOKED:
        return None
    move_ticket(ticket, TicketStatus.REVOKED, by=by, action="ticket.revoked", reason=reason)
    return ticket


def locked(entry_id: int) -> Entry:
    """The entry, locked for the rest of the transaction, with what letters and checks need."""
    return _locked_rows().get(pk=entry_id)


def locked_many(entry_ids: Collection[int]) -> QuerySet[Entry]:
    """Entries, locked in the order of their keys, so that two who lock the same ones never wait for each other."""
    return _locked_rows().filter(pk__in=entry_ids).order_by("pk")


def _locked_rows() -> QuerySet[Entry]:
    return Entry.objects.select_for_update(of=("self",)).select_related("candidate", "exam_session__occupation")


def move_to(entry: Entry, status: EntryStatus, *, by: Act, action: str, reason: str = "") -> None:
    """Move a locked entry along `ENTRY_NEXT` and write the audit line. Refuses with `wrong_status`."""
    line = step_to(entry, status, by=by, action=action, reason=reason)
    entry.save(update_fields=["status"])
    line.save(force_insert=True)


def step_to(entry: Entry, status: EntryStatus, *, by: Act, action: str, reason: str = "") -> Line:
    """The move of a locked entry and its audit line, both not written yet. Refuses with `wrong_status`."""
    before = EntryStatus(entry.status)
    if status not in ENTRY_NEXT[before]:
        raise Refusal("wrong_status", f"该参评记录现在是“{before.label}”，不能改为“{status.label}”，请刷新后再看。")
    entry.status = status
    return compose(by, action, entry, before={"status": before}, after={"status": status}, reason=reason)


def move_ticket(ticket: AdmissionTicket, status: TicketStatus, *, by: Act, action: str, reason: str = "") -> None:
    """Move a locked ticket along `TICKET_NEXT`, keep its moment, write the audit line. Refuses with `wrong_status`."""
    line = step_ticket(ticket, status, by=by, action=action, reason=reason)
    ticket.save(update_fields=TICKET_FIELDS)
    line.save(force_insert=True)


def step_ticket(ticket: AdmissionTicket, status: TicketStatus, *, by: Act, action: str, reason: str = "") -> Line:
    """The move of a locked ticket and its audit line, both not written yet. Refuses with `wrong_status`."""
    before = TicketStatus(ticket.status)
    if status not in TICKET_NEXT[before]:
        raise Refusal("wrong_status", f"这张准考证现在是“{before.label}”，不能改为“{status.label}”，请刷新后再看。")
    ticket.status = status
    if status in (TicketStatus.MADE, TicketStatus.SENT):  # a new version, or the same one asked about again
        ticket.answered_at = None
    if status == TicketStatus.SENT:
        ticket.sent_at = by.at
    if status in (TicketStatus.CONFIRMED, TicketStatus.DISPUTED):
        ticket.answered_at = by.at
    after = {"status": status, "version": ticket.version}
    return compose(by, action, ticket, before={"status": before}, after=after, reason=reason)
