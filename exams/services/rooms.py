"""What an invigilator sees of own rooms: sittings with their counts, seats with the end of the document number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import BigIntegerField, Count, FilteredRelation, Prefetch, Q, QuerySet

from exams.enums import Attendance, EntryStatus, RoomState, SittingStatus
from exams.models import RoomRecord, Seat, Sitting
from exams.rules.rooms import room_state
from kupasi.people.models import IdentityDocument, User
from kupasi.prepared import Prepared, slot

NUMBER = BigIntegerField()
PERSON = ("entry__candidate__name", "entry__photo", "entry__needs", "subject__seat_word")
DOORWAY = Prepared(
    lambda: (
        Sitting.objects.filter(pk=slot("sitting", NUMBER), invigilators=slot("user", NUMBER))
        .exclude(status=SittingStatus.CANCELLED)
        .order_by()
        .values_list("pk", "on")
    )
)
EXPECTED = Prepared(
    lambda: (
        Seat.objects.annotate(
            paper=FilteredRelation(
                "entry__candidate__documents", condition=Q(entry__candidate__documents__is_primary=True)
            )
        )
        .filter(pk=slot("seat", NUMBER), sitting__invigilators=slot("user", NUMBER))
        .exclude(entry__status=EntryStatus.CANCELLED)
        .order_by("paper__pk")
        .values_list("pk", "number", "attendance", *PERSON, "paper__number_tail")
    )
)
COUNTS = Prepared(
    lambda: (
        Seat.objects.filter(sitting=slot("sitting", NUMBER))
        .exclude(entry__status=EntryStatus.CANCELLED)
        .order_by()
        .values("sitting")
        .annotate(
            people=Count("pk"),
            inside=Count("pk", filter=Q(attendance__in=(Attendance.PRESENT, Attendance.LATE))),
            awaited=Count("pk", filter=Q(attendance=Attendance.UNKNOWN)),
        )
        .values_list("people", "inside", "awaited")
    )
)


@dataclass(frozen=True, slots=True)
class OwnDoor:
    """A sitting as far as the answer to a scan needs it."""

    pk: int
    on: date


@dataclass(frozen=True, slots=True)
class Expected:
    """Whom a door expects on a seat: the name in full and the end of the document's number, no more."""

    pk: int
    number: int | None
    attendance: str
    name: str
    photo_id: int | None
    needs: str
    seat_word: str
    tails: tuple[str, ...]


def own_sittings(invigilator: User) -> QuerySet[Sitting]:
    """The sittings in which this person invigilates, with `people` and `stated`."""
    live = Q(seats__isnull=False) & ~Q(seats__entry__status=EntryStatus.CANCELLED)
    return own_doors(invigilator).annotate(
        people=Count("seats", filter=live, distinct=True),
        stated=Count("seats", filter=live & ~Q(seats__attendance=Attendance.UNKNOWN), distinct=True),
    )


def state_of(sitting: Sitting, *, stated: int, at: datetime) -> RoomState:
    """How far a room is with its day; `room_record` comes with the sitting, `stated` seats have an entry."""
    record: RoomRecord | None = getattr(sitting, "room_record", None)
    has_begun = stated > 0 or sitting.starts_at <= at
    return room_state(sitting.status, has_begun=has_begun, waits=record is not None and record.waits)


def with_states(sittings: QuerySet[Sitting], *, at: datetime) -> list[tuple[Sitting, RoomState]]:
    """Own sittings (with `stated`), each with how far its room is."""
    rows = sittings.select_related("exam_session__occupation", "subject", "room__site", "room_record")
    return [(one, state_of(one, stated=getattr(one, "stated", 0), at=at)) for one in rows]


def own_doors(invigilator: User) -> QuerySet[Sitting]:
    """The same without counts."""
    rows = Sitting.objects.filter(invigilators=invigilator).exclude(status=SittingStatus.CANCELLED)
    return rows.select_related("exam_session__occupation", "subject", "room__site")


def own_doorway(invigilator: User, sitting_id: int) -> OwnDoor | None:
    """What judging a ticket needs of one of them: one small question for the answer to a scan."""
    return next((OwnDoor(*row) for row in DOORWAY(sitting=sitting_id, user=invigilator.pk)), None)


def expected(invigilator: User, seat_id: int) -> Expected | None:
    """Whom to expect on a seat in one of those sittings, as a door shows it."""
    rows = EXPECTED(seat=seat_id, user=invigilator.pk) if invigilator.is_staff else []
    if not rows:
        return None
    tails = tuple(tail[-4:] for *_, tail in rows if tail is not None)
    return Expected(*(*rows[0][:-1], tails))


def own_seats(invigilator: User) -> QuerySet[Seat]:
    """The seats in those sittings by number, each person with `primary_documents`."""
    primary = Prefetch(
        "entry__candidate__documents", IdentityDocument.objects.filter(is_primary=True), to_attr="primary_documents"
    )
    seats = Seat.objects.visible_to(invigilator).filter(sitting__invigilators=invigilator)
    seats = seats.exclude(entry__status=EntryStatus.CANCELLED).order_by("number")
    return seats.select_related("entry__candidate", "entry__photo", "subject", "sitting").prefetch_related(primary)


def door_counts(sitting_id: int) -> dict[str, int]:
    """How many are expected, in, and not stated yet."""
    people, inside, awaited = next(iter(COUNTS(sitting=sitting_id)), (0, 0, 0))
    return {"people": people, "inside": inside, "awaited": awaited}
