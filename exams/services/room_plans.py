"""The plan of a room: drawn, marked, looked at; and how a seat is called on paper and on screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from exams.enums import Numbering, SittingStatus
from exams.models import Place, Room, Seat, Sitting
from exams.rules.rooms import Cell, drawn
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal

CLAUSE = "本单位规定：考场座次"
LARGEST = 500  # seats of one room


@dataclass(frozen=True, slots=True)
class Layout:
    """What is asked for: a grid, the order of its numbers, the columns kept free, single cells without a seat."""

    rows: int
    columns: int
    numbering: Numbering = Numbering.ROWS
    aisles: tuple[int, ...] = ()
    missing: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be said of some seats; None leaves it as it is. `blocked_why` "" makes them usable again."""

    is_accessible: bool | None = None
    for_theory: bool | None = None
    for_practical: bool | None = None
    equipment: str | None = None
    blocked_why: str | None = None


@transaction.atomic
def draw_plan(room_id: int, *, layout: Layout, by: Act) -> list[Place]:
    """Give a room a new plan; its numbers then mean other chairs, so that nobody may already hold one of them.

    Refuses with `wrong_grid` and `plan_in_use`.
    """
    room = Room.objects.select_for_update().get(pk=room_id)
    spots = drawn(
        rows=layout.rows,
        columns=layout.columns,
        numbering=layout.numbering,
        aisles=layout.aisles,
        missing=layout.missing,
    )
    if not 1 <= len(spots) <= LARGEST:
        raise Refusal("wrong_grid", f"座位数须在 1 至 {LARGEST} 之间，请改正行、列或过道。", CLAUSE)
    _refuse_in_use(room, seats=len(spots), by=by)
    before = Place.objects.filter(room=room).count()
    Place.objects.filter(room=room).delete()
    places = [Place(room=room, number=one.number, row=one.row, column=one.column) for one in spots]
    Place.objects.bulk_create(places)
    room.capacity, room.stations = len(places), None
    room.save(update_fields=["capacity", "stations"])
    record(by, "room.drawn", room, before={"seats": before}, after={"seats": len(places), **_words(layout)})
    return places


@transaction.atomic
def mark_places(room_id: int, *, numbers: Collection[int], change: Change, by: Act, reason: str = "") -> list[Place]:
    """Say something of some seats of a room. Whoever sits on one that is blocked now keeps it until the repair.

    Refuses with `no_seat` when one of the numbers is not in the plan, or none is given.
    """
    room = Room.objects.select_for_update().get(pk=room_id)
    places = list(Place.objects.filter(room=room, number__in=numbers))
    if not places or len(places) != len(set(numbers)):
        raise Refusal("no_seat", "请先在座次图上勾选座位。", CLAUSE)
    after = {key: value for key in ("is_accessible", "for_theory", "for_practical", "equipment", "blocked_why")
             if (value := getattr(change, key)) is not None}  # fmt: skip
    for place in places:
        for key, value in after.items():
            setattr(place, key, value)
        place.is_blocked = bool(place.blocked_why)
    Place.objects.bulk_update(places, [*after, "is_blocked"])
    record(by, "room.marked", room, after={"numbers": sorted(numbers), **after}, reason=reason)
    return places


def stranded(room_id: int, *, at: datetime) -> dict[int, int]:
    """How many people of each session hold a blocked seat of this room in a sitting still to come."""
    held = Seat.objects.filter(
        sitting__room=room_id,
        sitting__status=SittingStatus.PLANNED,
        sitting__starts_at__gt=at,
        number__in=Place.objects.filter(room=room_id, is_blocked=True).values("number"),
    )
    return dict(Counter(held.values_list("sitting__exam_session_id", flat=True)))


def usable(room: Room, *, station: bool) -> int:
    """How many people the room takes in this mode now: by its plan, or by its figures where it has none."""
    places = list(room.places.all())
    if places:
        return sum(one.serves(station=station) for one in places)
    return room.stations if station and room.stations is not None else room.capacity


def seat_label(sitting: Sitting, number: int) -> str:
    """How a seat of a sitting is called: 考位 A3, 座位 12. For many, `labels` asks once for a room."""
    label = labels(sitting.room_id).get(number, str(number))
    return f"{sitting.subject.seat_word} {label}"


def labels(room_id: int) -> dict[int, str]:
    """What stands on the desk for each number of a room; empty without a plan, then the number itself."""
    return {one.number: str(one) for one in Place.objects.filter(room=room_id)}


def grid(places: Collection[Place]) -> list[list[Place | None]]:
    """The plan as rows of cells from the front, None for an aisle or a gap; empty without a plan."""
    at = {(one.row, one.column): one for one in places}
    height = max((one.row for one in places), default=0)
    width = max((one.column for one in places), default=0)
    return [[at.get((row, column)) for column in range(1, width + 1)] for row in range(1, height + 1)]


def _refuse_in_use(room: Room, *, seats: int, by: Act) -> None:
    coming = Sitting.objects.filter(room=room, status=SittingStatus.PLANNED, ends_at__gt=by.at)
    held = Seat.objects.filter(sitting__in=coming).count()
    if held:
        raise Refusal("plan_in_use", f"该考场还有 {held} 人持有现有座位号，请先调整这些人，再重画座次图。", CLAUSE)
    larger = coming.filter(capacity__gt=seats).order_by("-capacity").first()
    if larger is not None:
        words = f"{larger.on:%Y-%m-%d} 的安排有 {larger.capacity} 个名额，座位数不能更少，请先减少名额。"
        raise Refusal("plan_in_use", words, CLAUSE)


def _words(layout: Layout) -> dict[str, object]:
    return {
        "rows": layout.rows,
        "columns": layout.columns,
        "numbering": layout.numbering,
        "aisles": list(layout.aisles),
        "missing": [list(cell) for cell in layout.missing],
    }
