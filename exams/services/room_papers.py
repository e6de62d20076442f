"""What the papers of a room state: gathered for one sitting, as the asking person may see it."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from exams.enums import EntryStatus, SittingStatus
from exams.models import Place, Seat, Site, Sitting
from exams.rules.tickets import doors_open_at, entry_closes_at
from kupasi.clock import SHANGHAI
from kupasi.people.masking import mask_document
from kupasi.people.models import IdentityDocument, User

from . import settings
from .sheet import sheet_number
from .staffing import head_of
from .ticket_facts import words_on

PLAIN_COLUMNS = 6  # of a room whose seats were never drawn


@dataclass(frozen=True, slots=True)
class Person:
    """One seat of the sheet; the document masked, the photo as a data address or empty."""

    number: int
    name: str
    document: str
    ticket: str
    needs: str
    photo: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One place of the room as it is drawn: who sits there, if anybody."""

    row: int
    column: int
    label: str
    person: Person | None
    is_accessible: bool = False
    blocked_why: str = ""


@dataclass(frozen=True, slots=True)
class RoomFacts:
    """Everything that the sheets of one sitting say; `sheet` is typed to find a sheet back where nothing scans."""

    sitting_id: int
    sheet: str
    site: str
    address: str
    room: str
    occupation: str
    subject: str
    seat_word: str
    uses_station: bool
    day: date
    starts: datetime
    ends: datetime
    doors: datetime
    closes: datetime
    people: tuple[Person, ...]
    invigilators: tuple[str, ...]
    head: str
    cells: tuple[Cell, ...]
    is_drawn: bool

    @property
    def day_words(self) -> str:
        """2025年7月12日 周六."""
        return words_on(self.day)

    @property
    def hours(self) -> str:
        """09:00–11:00."""
        return f"{self.starts:%H:%M}–{self.ends:%H:%M}"

    @property
    def span(self) -> str:
        """From which seat to which; a dash when nobody sits."""
        numbers = sorted(one.number for one in self.people)
        return "–".join(dict.fromkeys(str(one) for one in (*numbers[:1], *numbers[-1:]))) or "—"

    @property
    def tickets(self) -> str:
        """From which ticket number to which."""
        numbers = sorted(one.ticket for one in self.people if one.ticket)
        return " 至 ".join(dict.fromkeys((*numbers[:1], *numbers[-1:]))) or "—"


def sittings_of(site: Site, *, on: date, room_id: int | None = None) -> QuerySet[Sitting]:
    """The sittings at a site on a day, or in one room, in the order of the day."""
    rows = Sitting.objects.filter(room__site=site, on=on).exclude(status=SittingStatus.CANCELLED)
    if room_id is not None:
        rows = rows.filter(room=room_id)
    rows = rows.select_related("exam_session__occupation", "subject", "room__site")
    return rows.order_by("starts_at", "room__name", "pk")


def gather(sitting: Sitting, *, user: User, photos: bool) -> RoomFacts:
    """The facts of a sitting; photos only where a sheet shows them, as each is a file to open."""
    head = head_of(sitting.room.site_id, on=sitting.on)
    people = tuple(_people(sitting, user=user, is_led=head == user, photos=photos))
    starts, ends = (one.astimezone(SHANGHAI) for one in (sitting.starts_at, sitting.ends_at))
    cells, is_drawn = _cells(sitting, people)
    return RoomFacts(
        sitting_id=sitting.pk,
        sheet=sheet_number(sitting),
        site=sitting.room.site.name,
        address=sitting.room.site.address,
        room=sitting.room.name,
        occupation=sitting.exam_session.occupation.name,
        subject=sitting.subject.name,
        seat_word=sitting.subject.seat_word,
        uses_station=sitting.subject.uses_station,
        day=sitting.on,
        starts=starts,
        ends=ends,
        doors=doors_open_at(starts, minutes=settings.number("doors_open_minutes")),
        closes=entry_closes_at(starts, minutes=settings.number("late_entry_minutes")),
        people=people,
        invigilators=tuple(str(one) for one in sitting.invigilators.order_by("pk")),
        head=str(head or ""),
        cells=cells,
        is_drawn=is_drawn,
    )


def _people(sitting: Sitting, *, user: User, is_led: bool, photos: bool) -> Iterable[Person]:
    seats = Seat.objects.all() if is_led else Seat.objects.visible_to(user)  # a head answers for every room of the day
    seats = seats.filter(sitting=sitting).exclude(entry__status=EntryStatus.CANCELLED)
    rows = list(seats.select_related("entry__candidate", "entry__ticket", "entry__photo").order_by("number"))
    documents = {
        one.candidate_id: f"{one.get_kind_display()} {mask_document(one.number)}"
        for one in IdentityDocument.objects.filter(
            candidate__in=[seat.entry.candidate_id for seat in rows], is_primary=True
        )
    }
    for seat in rows:
        entry = seat.entry
        ticket = getattr(entry, "ticket", None)
        yield Person(
            number=seat.number or 0,
            name=entry.candidate.name,
            document=documents.get(entry.candidate_id, "—"),
            ticket=ticket.number if ticket is not None and ticket.version else "",
            needs=entry.needs,
            photo=_picture(seat) if photos else "",
        )


def _picture(seat: Seat) -> str:
    photo = seat.entry.photo
    if photo is None or not photo.file:
        return ""
    with photo.file.open("rb") as file:
        return f"data:image/jpeg;base64,{base64.b64encode(file.read()).decode()}"


def _cells(sitting: Sitting, people: tuple[Person, ...]) -> tuple[tuple[Cell, ...], bool]:
    """The room as it was drawn, or its numbers in plain rows where nobody drew it."""
    sits = {one.number: one for one in people}
    places = list(Place.objects.filter(room=sitting.room_id).order_by("row", "column"))
    if places:
        return tuple(
            Cell(one.row, one.column, str(one), sits.get(one.number), one.is_accessible, one.blocked_why)
            for one in places
        ), True
    last = max([*sits, sitting.capacity])
    cells = (Cell(at // PLAIN_COLUMNS + 1, at % PLAIN_COLUMNS + 1, str(at + 1), sits.get(at + 1)) for at in range(last))
    return tuple(cells), False
