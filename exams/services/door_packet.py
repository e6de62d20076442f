"""What a phone at a door needs without network: the people of one room, and the key to check their tickets with."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import Any

from django.db import transaction

from exams.enums import DoorResult, TicketStatus
from exams.models import Seat, Sitting
from exams.rules.tickets import doors_open_at, entry_closes_at
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.models import Photo
from kupasi.signing import public_key

from .attendance import CLAUSE, own_sitting
from .door import hours, inside_since
from .rooms import own_seats
from .ticket_pdf import Edition, token


@transaction.atomic
def packet(sitting_id: int, *, by: Act) -> dict[str, Any]:
    """The room's people: seat, name, photo, end of the document, ticket. Recorded, as it leaves the house.

    Given the day before and on the exam day. Refuses with `not_yours`, `wrong_status`, `too_early`, `over`.
    """
    sitting = own_sitting(sitting_id, by=by)
    if by.on < sitting.on - timedelta(days=1):
        raise Refusal("too_early", "离线名单在考试前一天起才能下载。", CLAUSE)
    if by.on > sitting.on:
        raise Refusal("over", "考试日已过，不再提供离线名单。", CLAUSE)
    seats = own_seats(by.person).filter(sitting=sitting, entry__ticket__version__gte=1)
    seats = seats.exclude(entry__ticket__status=TicketStatus.REVOKED).select_related("entry__ticket")
    people = [_person(seat, sitting) for seat in seats]
    record(by, "checkin.packet", sitting, after={"people": len(people)})
    door = hours()
    return {
        "sitting": sitting.pk,
        "on": sitting.on.isoformat(),
        "now": by.at.isoformat(),
        "opens_at": doors_open_at(sitting.starts_at, minutes=door.doors_before).isoformat(),
        "starts_at": sitting.starts_at.isoformat(),
        "closes_at": entry_closes_at(sitting.starts_at, minutes=door.no_entry_after).isoformat(),
        "key": base64.b64encode(public_key()).decode(),
        "words": dict(DoorResult.choices()),
        "people": people,
    }


def _person(seat: Seat, sitting: Sitting) -> dict[str, Any]:
    ticket, person = seat.entry.ticket, seat.entry.candidate
    code = token(Edition(ticket.pk, ticket.number, ticket.version, sitting.on))
    since = inside_since(seat)
    return {
        "seat": seat.pk,
        "number": seat.number,
        "word": seat.subject.seat_word,
        "name": person.name,
        "tail": "、".join(one.number_tail[-4:] for one in person.primary_documents),  # type: ignore[attr-defined]  # own_seats prefetches them
        "needs": seat.entry.needs,
        "ticket": ticket.number,
        "version": ticket.version,
        "sha256": hashlib.sha256(code.encode()).hexdigest(),
        "inside": since.isoformat() if since else "",
        "photo": _photo(seat.entry.photo),
    }


def _photo(photo: Photo | None) -> str:
    if photo is None or not photo.file:
        return ""
    with photo.file.open("rb") as file:
        return "data:image/jpeg;base64," + base64.b64encode(file.read()).decode()
