"""Making admission tickets: what is due, one ticket per entry, a new version when the facts change (rules K1–K5)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from pathlib import PurePosixPath

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from exams.enums import EntryStatus, TicketStatus
from exams.models import AdmissionTicket, Entry, ExamSession, Seat, TicketVersion
from exams.rules.calendar import ticket_day
from exams.rules.tickets import make_ticket_number
from kupasi import typeface
from kupasi.acts import Act
from kupasi.audit.services import compose, record_many
from kupasi.notices import services as notices
from kupasi.people.crypto import blind_index
from kupasi.people.storage import private_storage

from . import entries, settings, ticket_facts, ticket_pdf, ticket_people
from .calendar import work_calendar
from .ticket_facts import TicketFacts

logger = logging.getLogger(__name__)
LOOK_AHEAD = 40  # days: a ticket day is never farther from its exam day than the longest holiday and the setting
CHUNK = 100  # a room or so: what one task makes, and what one transaction keeps
LIVE = frozenset({EntryStatus.SEATED, EntryStatus.TICKETED})


def due(on: date) -> list[int]:
    """The entries that need a ticket or a new version on a day (通知 二(五); rules C6, K1).

    Seats and original are in. Everything due earlier and not done is still due, up to the last exam day.
    """
    last_day = last_exam_day_due(on)
    if last_day is None:
        return []
    ids = list(ready(on, last_day).values_list("pk", flat=True))
    made = dict(TicketVersion.objects.filter(ticket__entry__in=ids, version=F("ticket__version")).values_list(
        "ticket__entry_id", "facts_hash"
    ))  # fmt: skip
    revoked = set(
        AdmissionTicket.objects.filter(entry__in=ids, status=TicketStatus.REVOKED).values_list("entry_id", flat=True)
    )
    facts = ticket_facts.gather(ids)
    return [one for one in ids if one in facts and (made.get(one) != facts[one].digest or one in revoked)]


def chunks(on: date) -> list[list[int]]:
    """What is due on a day in portions for one task each: the people of one room, a hundred at most."""
    ids = due(on)
    seats = Seat.objects.filter(entry__in=ids, sitting__isnull=False).order_by("-sitting__starts_at", "-sitting_id")
    first = dict(seats.values_list("entry_id", "sitting_id"))  # of several the last one stays: the first sitting
    portions = []
    for _, room in groupby(sorted(ids, key=lambda one: (first.get(one, 0), one)), lambda one: first.get(one, 0)):
        people = list(room)
        portions += [people[at : at + CHUNK] for at in range(0, len(people), CHUNK)]
    return portions


def last_exam_day_due(on: date) -> date | None:
    """The last exam day whose ticket day has come; None when there is none (rules C6)."""
    calendar, before = work_calendar(), settings.number("ticket_days_before")
    days = (on + timedelta(days=ahead) for ahead in range(LOOK_AHEAD + before, -1, -1))
    return next((day for day in days if ticket_day(day, calendar, days_before=before).on <= on), None)


def ready(on: date, last_day: date) -> QuerySet[Entry]:
    """Seated entries with their original in, whose first exam day is near enough and whose last one is not over."""
    seats = Seat.objects.filter(entry=OuterRef("pk"), sitting__isnull=False).order_by("sitting__on")
    near, ahead = Exists(seats.filter(sitting__on__lte=last_day)), Exists(seats.filter(sitting__on__gte=on))
    rows = Entry.objects.filter(near, ahead, status__in=LIVE, papers_in_at__isnull=False)
    return rows.order_by(Subquery(seats.values("sitting__on")[:1]), "pk")


def issue(entry_id: int, *, by: Act) -> TicketVersion | None:
    """Make the ticket of an entry, or its next version when the facts changed; None when there is nothing to make."""
    return next(iter(_make([entry_id], by=by)), None)


def issue_many(entry_ids: list[int], *, by: Act) -> int:
    """Make the tickets of a chunk that are due; returns how many could not be made.

    When something in the chunk fails, its tickets are made one by one, so that a bad one stops nobody else.
    """
    try:
        _make(entry_ids, by=by)
    except Exception:
        logger.warning("a chunk of %s tickets failed; they are made one by one", len(entry_ids))
        return sum(not _made_alone(one, by=by) for one in entry_ids)
    return 0


def _made_alone(entry_id: int, *, by: Act) -> bool:
    try:
        issue(entry_id, by=by)
    except Exception:
        logger.exception("the ticket of entry %s could not be made", entry_id)
        return False
    return True


def _make(entry_ids: list[int], *, by: Act) -> list[TicketVersion]:
    """The tickets of these entries whose facts have no paper yet.

    Safe at every point: the numbers are taken in a short transaction of their own; the papers are drawn outside any;
    files, versions, letters and states are written in one more, by whoever gets the locks first. A file left by a
    crash is written over, as its name follows from the entry and the version.
    """
    facts = ticket_facts.gather(entry_ids)
    opened = _differing(_open_tickets(list(facts), by=by), facts)
    if not opened:
        return []
    return _keep(facts, _draw(opened, facts, by=by), by=by)


@transaction.atomic
def _open_tickets(entry_ids: list[int], *, by: Act) -> dict[int, AdmissionTicket]:
    """The tickets by entry, made with their numbers where there are none; none for entries that may have none now."""
    allowed = {one.pk: one for one in entries.locked_many(entry_ids) if one.status in LIVE and one.papers_in_at}
    found = {one.entry_id: one for one in AdmissionTicket.objects.filter(entry__in=allowed)}
    sessions: dict[int, list[Entry]] = {}
    for entry in allowed.values():
        if entry.pk not in found:
            sessions.setdefault(entry.exam_session_id, []).append(entry)
    for session_id in sorted(sessions):
        found |= {one.entry_id: one for one in _numbered(session_id, sessions[session_id], by=by)}
    return found


def _numbered(session_id: int, people: list[Entry], *, by: Act) -> list[AdmissionTicket]:
    """Tickets with the next numbers of a session."""
    ExamSession.objects.filter(pk=session_id).update(ticket_serial=F("ticket_serial") + len(people))
    session = ExamSession.objects.select_related("occupation").get(pk=session_id)
    code, first = session.occupation.number_code, session.ticket_serial - len(people) + 1
    made = [
        AdmissionTicket(
            entry=entry, number=make_ticket_number(session.exam_month, occupation=code, serial=first + after)
        )
        for after, entry in enumerate(people)
    ]
    AdmissionTicket.objects.bulk_create(made)
    record_many([compose(by, "ticket.numbered", one, after={"entry": one.entry_id}) for one in made])
    return made


def _differing(opened: dict[int, AdmissionTicket], facts: dict[int, TicketFacts]) -> list[AdmissionTicket]:
    """Those whose newest version says something else, and those that were revoked."""
    newest = TicketVersion.objects.filter(ticket__entry__in=opened, version=F("ticket__version"))
    said = dict(newest.values_list("ticket__entry_id", "facts_hash"))
    return [
        ticket
        for entry_id, ticket in opened.items()
        if ticket.status == TicketStatus.REVOKED or said.get(entry_id) != facts[entry_id].digest
    ]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A paper that is not kept yet: the bytes and the version that it was drawn for."""

    version: int
    content: bytes


def _draw(opened: list[AdmissionTicket], facts: dict[int, TicketFacts], *, by: Act) -> dict[int, Drawn]:
    people, drawn = ticket_people.gather([one.entry_id for one in opened]), {}
    for ticket in opened:
        holder, house = people[ticket.entry_id]
        boxes = typeface.missing(holder.name)
        if boxes:  # the ticket is still better than none; whoever runs the machine installs a font
            logger.warning("ticket %s: no font draws %s of its characters", ticket.pk, len(boxes))
        edition = ticket_pdf.Edition(ticket.pk, ticket.number, ticket.version + 1, by.on)
        content = ticket_pdf.draw(facts[ticket.entry_id], holder=holder, edition=edition, house=house)
        drawn[ticket.entry_id] = Drawn(edition.version, content)
    return drawn


@transaction.atomic
def _keep(facts: dict[int, TicketFacts], drawn: dict[int, Drawn], *, by: Act) -> list[TicketVersion]:
    """Keep the papers, but not where somebody was faster or the facts changed meanwhile: the next sweep sees to it."""
    rows = {one.pk: one for one in entries.locked_many(drawn) if one.status in LIVE}
    locked = AdmissionTicket.objects.select_for_update().filter(entry__in=rows).order_by("pk")
    now, newest = ticket_facts.gather(rows), {}
    due = [
        one
        for one in locked
        if one.version == drawn[one.entry_id].version - 1 and now.get(one.entry_id) == facts[one.entry_id]
    ]
    for version in TicketVersion.objects.filter(ticket__in=due, version=F("ticket__version")):
        newest[version.ticket_id] = version.facts
    made = [_store(one, facts[one.entry_id], drawn[one.entry_id], by=by) for one in due]
    TicketVersion.objects.bulk_create(made)
    letters = []
    for ticket in due:
        before, revoked = newest.get(ticket.pk), ticket.status == TicketStatus.REVOKED
        said = ticket_facts.changes(before, facts[ticket.entry_id].as_json()) if before else []
        ticket.version += 1
        said = ["请以新的准考证为准"] if revoked and not said else said
        letters.append(_letter(rows[ticket.entry_id], ticket, facts[ticket.entry_id], said=said))
    _send([rows[one.entry_id] for one in due], due, by=by)
    notices.queue_many(by, letters)
    return made


def _send(people: list[Entry], made: list[AdmissionTicket], *, by: Act) -> None:
    """Move tickets that have a new version to their holders, and the entries with them."""
    lines = []
    for ticket in made:
        if ticket.status != TicketStatus.MADE:
            lines.append(entries.step_ticket(ticket, TicketStatus.MADE, by=by, action="ticket.remade"))
        lines.append(entries.step_ticket(ticket, TicketStatus.SENT, by=by, action="ticket.sent"))
    first = [one for one in people if one.status == EntryStatus.SEATED]
    lines += [entries.step_to(one, EntryStatus.TICKETED, by=by, action="entry.ticketed") for one in first]
    AdmissionTicket.objects.bulk_update(made, entries.TICKET_FIELDS)
    Entry.objects.filter(pk__in=[one.pk for one in first]).update(status=EntryStatus.TICKETED)
    record_many(lines)


def _store(ticket: AdmissionTicket, facts: TicketFacts, drawn: Drawn, *, by: Act) -> TicketVersion:
    """Write the file, for a row to come. The name is known beforehand: a second try writes over the first one's."""
    secret = blind_index("ticket-file", f"{ticket.entry_id}:{drawn.version}")
    name = str(PurePosixPath("tickets") / secret[:2] / f"{secret[2:42]}.pdf")
    private_storage.delete(name)
    version = TicketVersion(
        ticket=ticket,
        version=drawn.version,
        facts_hash=facts.digest,
        facts=facts.as_json(),
        sha256=ticket_pdf.sha256(drawn.content),
        made_at=by.at,
    )
    version.file.name = private_storage.save(name, ContentFile(drawn.content))
    return version


def _letter(entry: Entry, ticket: AdmissionTicket, facts: TicketFacts, *, said: list[str]) -> notices.Letter:
    """The letter that goes with a version: the first one asks to confirm, later ones say what changed."""
    first = facts.first_day
    opening = f"您的准考证（{ticket.number}）已制作好，首场考试在{first.month}月{first.day}日。"
    if ticket.version > 1:
        opening = f"您的准考证（{ticket.number}）有更新：{'；'.join(said)}。旧版请不要再使用。"
    return notices.Letter(
        key=f"ticket:{ticket.pk}:v{ticket.version}",
        kind="ticket",
        subject="准考证已更新，请重新确认" if ticket.version > 1 else "准考证已制作，请核对并确认",
        body=f"{opening}请打开核对姓名、照片、时间、考场与座位：无误请确认，有误请提出。（依据：通知 二(五)）",
        candidate=entry.candidate,
        url=f"/exams/tickets/{ticket.pk}/",
        about=ticket,
    )


def overdue(on: date) -> QuerySet[Entry]:
    """Entries whose ticket day has come and that have no ticket yet, whatever keeps it, for the staff's queue."""
    last_day = last_exam_day_due(on)
    if last_day is None:
        return Entry.objects.none()
    return ready(on, last_day).filter(status=EntryStatus.SEATED)
