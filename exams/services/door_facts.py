"""What a door asks of the rows about a ticket: one question for the person and every seat, written once a process."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from django.db.models import CharField, OuterRef, Subquery

from exams.enums import ADMITTED, Attendance, SittingStatus
from exams.models import AdmissionTicket, CheckIn
from exams.rules.door import Place
from kupasi.prepared import Prepared, slot

INSIDE = (Attendance.PRESENT, Attendance.LATE)
SITTING = "entry__seats__sitting"
TICKET = ("pk", "version", "status", "entry__status", "entry__candidate")
SEAT = ("entry__seats", "entry__seats__number", "entry__seats__subject__seat_word")
PLACE = (SITTING, f"{SITTING}__status", f"{SITTING}__starts_at", f"{SITTING}__room__name")
STATED = ("entry__seats__attendance", "entry__seats__attended_at")


class Doorway(Protocol):
    """A sitting as far as judging a ticket needs it."""

    @property
    def pk(self) -> Any: ...
    @property
    def on(self) -> date: ...


@dataclass(frozen=True, slots=True)
class SeatFact:
    """A seat in a sitting that is held: which, where, and since when its person is in."""

    pk: int
    place: Place
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket that the house knows, with its person's seats."""

    pk: int
    number: str
    version: int
    status: str
    entry_status: str
    candidate: int
    seats: list[SeatFact] = field(default_factory=list)


def _first_admitted() -> Subquery:
    rows = CheckIn.objects.filter(seat=OuterRef("entry__seats"), result__in=ADMITTED)
    return Subquery(rows.order_by("at", "nonce").values("at")[:1])


KNOWN = Prepared(
    lambda: (
        AdmissionTicket.objects.filter(number=slot("number", CharField()), version__gte=1)
        .order_by("entry__seats")
        .annotate(first_in=_first_admitted())
        .values_list(*TICKET, *SEAT, *PLACE, *STATED, "first_in")
    )
)


def ticket_of(number: str) -> Ticket | None:
    """The ticket of a number that was given out, with the seats in sittings that are held."""
    rows = KNOWN(number=number)
    if not rows:
        return None
    found = Ticket(rows[0][0], number, *rows[0][1:5])
    for row in rows:
        seat, at, word, sitting, status, starts, room, attendance, attended, first_in = row[5:]
        if sitting is not None and status != SittingStatus.CANCELLED:
            since = first_in or (attended if attendance in INSIDE else None)
            found.seats.append(SeatFact(seat, Place(sitting, starts, room, at or 0, word), since))
    return found
