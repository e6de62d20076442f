"""Drawn maps of a sitting: each seat of the room with who sits there now, or would by a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from exams.enums import EntryStatus
from exams.models import Entry, Place, Seat, Sitting
from exams.rules.rooms import in_a_line, neighbours

from .arranging import SeatingPreview

WIDE = 6  # seats a line for a room without a plan


@dataclass(frozen=True, slots=True)
class Sitter:
    """Somebody on a seat: the entry, a name, the institution, and whether the seat is given only by the plan."""

    entry_id: int
    name: str
    institution_id: int | None
    institution: str
    needs: str
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Spot:
    """One cell of the map; `place` is missing where the room has no plan."""

    number: int
    label: str
    place: Place | None
    sitter: Sitter | None
    is_beside_own: bool


Map = list[list[Spot | None]]


def of_sitting(sitting: Sitting) -> Map:
    """Who sits where now."""
    return _drawn(sitting, _sitters(sitting))


def of_plan(sitting: Sitting, preview: SeatingPreview) -> Map:
    """Who would sit where by the previewed plan, with those who sit there already."""
    new = {one.entry_id: one.number for one in preview.plan.given if one.sitting_id == sitting.pk}
    rows = Entry.objects.filter(pk__in=new).select_related("candidate", "institution")
    added = {new[one.pk]: _sitter(one, is_new=True) for one in rows}
    return _drawn(sitting, _sitters(sitting) | added)


def _sitters(sitting: Sitting) -> dict[int, Sitter]:
    rows = Seat.objects.filter(sitting=sitting).exclude(entry__status=EntryStatus.CANCELLED)
    rows = rows.select_related("entry__candidate", "entry__institution")
    return {one.number: _sitter(one.entry) for one in rows if one.number is not None}


def _sitter(entry: Entry, *, is_new: bool = False) -> Sitter:
    school = entry.institution
    name = school.name if school is not None else "个人申报"
    return Sitter(entry.pk, entry.candidate.name, entry.institution_id, name, entry.needs, is_new)


def _drawn(sitting: Sitting, sitters: Mapping[int, Sitter]) -> Map:
    places = {one.number: one for one in Place.objects.filter(room=sitting.room_id)}
    numbers = sorted({*places, *sitters} if places else {*range(1, sitting.capacity + 1), *sitters})
    cells = {one: (places[one].row, places[one].column) for one in places} if places else in_a_line(numbers)
    beside = neighbours(cells)
    if not places:
        cells = {one: (index // WIDE + 1, index % WIDE + 1) for index, one in enumerate(numbers)}
    last = max((row for row, _ in cells.values()), default=0)
    for index, number in enumerate(one for one in numbers if one not in cells):  # a number that the plan no longer has
        cells[number] = (last + 1, index + 1)
    height = max((row for row, _ in cells.values()), default=0)
    width = max((column for _, column in cells.values()), default=0)
    spots = {cells[one]: _spot(one, places.get(one), sitters, beside) for one in numbers}
    return [[spots.get((row, column)) for column in range(1, width + 1)] for row in range(1, height + 1)]


def _spot(
    number: int, place: Place | None, sitters: Mapping[int, Sitter], beside: Mapping[int, tuple[int, ...]]
) -> Spot:
    sitter = sitters.get(number)
    mine = sitter.institution_id if sitter is not None else None
    around = (sitters[one].institution_id for one in beside.get(number, ()) if one in sitters)
    return Spot(number, str(place or number), place, sitter, mine is not None and mine in around)
