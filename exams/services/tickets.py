"""Making admission tickets: what is due, one ticket per entry, a new version when the facts change (rules K1–K5)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import PurePosixPath

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F, Max, Min, Q, QuerySet

from exams.enums import EntryStatus, TicketStatus
from exams.models import AdmissionTicket, Entry, ExamSession, TicketVersion
from exams.rules.calendar import RESULT_WORKING_DAYS, RESULT_WORKING_DAYS_MARKING, ticket_day
from exams.rules.tickets import make_ticket_number
from kupasi import typeface
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.notices import services as notices
from kupasi.people.crypto import blind_index
from kupasi.people.models import IdentityDocument
from kupasi.people.storage import private_storage

from . import entries, settings, ticket_facts, ticket_pdf
from .calendar import work_calendar
from .ticket_facts import TicketFacts

logger = logging.getLogger(__name__)
LOOK_AHEAD = 40  # days: a ticket day is never farther from its exam day than the longest holiday and the setting
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


def last_exam_day_due(on: date) -> date | None:
    """The last exam day whose ticket day has come; None when there is none (rules C6)."""
    calendar, before = work_calendar(), settings.number("ticket_days_before")
    days = (on + timedelta(days=ahead) for ahead in range(LOOK_AHEAD + before, -1, -1))
    return next((day for day in days if ticket_day(day, calendar, days_before=before).on <= on), None)


def ready(on: date, last_day: date) -> QuerySet[Entry]:
    """Seated entries with their original in, whose first exam day is near enough and whose last one is not over."""
    rows = Entry.objects.filter(status__in=LIVE, papers_in_at__isnull=False)
    rows = rows.alias(first_on=Min("seats__sitting__on"), last_on=Max("seats__sitting__on"))
    return rows.filter(Q(first_on__lte=last_day) & Q(last_on__gte=on)).order_by("first_on", "pk")


def issue(entry_id: int, *, by: Act) -> TicketVersion | None:
    """Make the ticket of an entry, or its next version when the facts changed; None when there is nothing to make.

    Safe at every point: the number is taken in a short transaction of its own; the paper is drawn outside any; file,
    version, letter and states are written in one more, by whoever gets the lock first. A file left by a crash is
    written over, as its name follows from the entry and the version.
    """
    facts = ticket_facts.gather([entry_id]).get(entry_id)
    if facts is None:
        return None
    ticket = _open_ticket(entry_id, by=by)
    if ticket is None or not _differs(ticket, facts):
        return None
    drawn = _draw(ticket, facts, by=by)
    return _keep(entry_id, facts, drawn, by=by)


@transaction.atomic
def _open_ticket(entry_id: int, *, by: Act) -> AdmissionTicket | None:
    """The entry's ticket, made with its number if it has none; None when the entry may have no ticket now."""
    entry = entries.locked(entry_id)
    if entry.status not in LIVE or entry.papers_in_at is None:
        return None
    found = AdmissionTicket.objects.filter(entry=entry).first()
    if found is not None:
        return found
    ExamSession.objects.filter(pk=entry.exam_session_id).update(ticket_serial=F("ticket_serial") + 1)
    session = ExamSession.objects.select_related("occupation").get(pk=entry.exam_session_id)
    number = make_ticket_number(
        session.exam_month, occupation=session.occupation.number_code, serial=session.ticket_serial
    )
    ticket = AdmissionTicket.objects.create(entry=entry, number=number)
    record(by, "ticket.numbered", ticket, after={"entry": entry.pk})
    return ticket


def _differs(ticket: AdmissionTicket, facts: TicketFacts) -> bool:
    last = TicketVersion.objects.filter(ticket=ticket, version=ticket.version).values_list("facts_hash", flat=True)
    return ticket.status == TicketStatus.REVOKED or facts.digest not in last


@dataclass(frozen=True, slots=True)
class Drawn:
    """A paper that is not kept yet: the bytes and the version that it was drawn for."""

    version: int
    content: bytes


def _draw(ticket: AdmissionTicket, facts: TicketFacts, *, by: Act) -> Drawn:
    edition = ticket_pdf.Edition(ticket.pk, ticket.number, ticket.version + 1, by.on)
    holder = holder_of(ticket.entry_id)
    boxes = typeface.missing(holder.name)
    if boxes:  # the ticket is still better than none; whoever runs the machine installs a font
        logger.warning("ticket %s: no font draws %s of its characters", ticket.pk, len(boxes))
    content = ticket_pdf.draw(facts, holder=holder, edition=edition, house=house(ticket.entry_id))
    return Drawn(edition.version, content)


def holder_of(entry_id: int) -> ticket_pdf.Holder:
    """The person of an entry, for the paper only (rules K4, 10)."""
    entry = Entry.objects.select_related("candidate", "photo").get(pk=entry_id)
    document = IdentityDocument.objects.filter(candidate=entry.candidate_id, is_primary=True).first()
    photo = b""
    if entry.photo is not None:
        with entry.photo.file.open() as file:
            photo = file.read()
    words = f"{document.get_kind_display()} {document.number}" if document is not None else "—"
    return ticket_pdf.Holder(entry.candidate.name, words, photo)


def house(entry_id: int) -> ticket_pdf.House:
    """What the office's settings put on the form."""
    values = settings.all_values()
    marking = Entry.objects.filter(pk=entry_id, exam_session__occupation__involves_marking=True).exists()
    fallback = RESULT_WORKING_DAYS_MARKING if marking else RESULT_WORKING_DAYS
    days = values.get("result_working_days_marking" if marking else "result_working_days", fallback)
    return ticket_pdf.House(
        office=settings.office_facts(),
        doors=int(values["doors_open_minutes"]),
        late=int(values["late_entry_minutes"]),
        days=int(days),
    )


@transaction.atomic
def _keep(entry_id: int, facts: TicketFacts, drawn: Drawn, *, by: Act) -> TicketVersion | None:
    """Keep a drawn paper, unless somebody was faster or the facts changed meanwhile (the next sweep sees to it)."""
    entry = entries.locked(entry_id)
    ticket = AdmissionTicket.objects.select_for_update().get(entry=entry)
    now = ticket_facts.gather([entry.pk]).get(entry.pk)
    if ticket.version != drawn.version - 1 or entry.status not in LIVE or now != facts:
        return None
    before = TicketVersion.objects.filter(ticket=ticket, version=ticket.version).first()
    version = _store(ticket, facts, drawn, by=by)
    ticket.version, revoked = version.version, ticket.status == TicketStatus.REVOKED
    if ticket.status != TicketStatus.MADE:
        entries.move_ticket(ticket, TicketStatus.MADE, by=by, action="ticket.remade")
    entries.move_ticket(ticket, TicketStatus.SENT, by=by, action="ticket.sent")
    if entry.status == EntryStatus.SEATED:
        entries.move_to(entry, EntryStatus.TICKETED, by=by, action="entry.ticketed")
    said = ticket_facts.changes(before.facts, facts.as_json()) if before else []
    _tell(entry, ticket, facts, said=["请以新的准考证为准"] if revoked and not said else said, by=by)
    return version


def _store(ticket: AdmissionTicket, facts: TicketFacts, drawn: Drawn, *, by: Act) -> TicketVersion:
    """Write the file and its row. The name is known beforehand, so a second try writes over the first one's file."""
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
    version.save(force_insert=True)
    return version


def _tell(entry: Entry, ticket: AdmissionTicket, facts: TicketFacts, *, said: list[str], by: Act) -> None:
    """The letter that goes with a version: the first one asks to confirm, later ones say what changed."""
    first = facts.first_day
    opening = f"您的准考证（{ticket.number}）已制作好，首场考试在{first.month}月{first.day}日。"
    if ticket.version > 1:
        opening = f"您的准考证（{ticket.number}）有更新：{'；'.join(said)}。旧版请不要再使用。"
    notices.queue(
        by,
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
