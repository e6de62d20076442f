"""What a plan is like before it is carried out: neighbours of one institution, fill, needs that are not met."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .seating import assigned, in_order_of_the_draw
from .seating_facts import PersonFact, SeatingPlan, SittingFact
from .seating_room import pairs


@dataclass(frozen=True, slots=True)
class RoomReport:
    """One sitting after the plan: how many come now, how many sit there then, and pairs of neighbours of one
    institution that the room leaves no way around."""

    sitting_id: int
    now: int
    then: int
    capacity: int
    adjacent: int
    needs_unmet: int

    @property
    def fill(self) -> int:
        """Percent of the places that are taken."""
        return round(100 * self.then / self.capacity) if self.capacity else 0


@dataclass(frozen=True, slots=True)
class SeatingReport:
    """The rooms; and pairs of neighbours before (in the bare order of the draw) and after."""

    rooms: tuple[RoomReport, ...]
    adjacent_before: int
    adjacent_after: int

    @property
    def needs_unmet(self) -> int:
        """People in need without an accessible seat although their room has a plan."""
        return sum(one.needs_unmet for one in self.rooms)


def report_on(
    plan: SeatingPlan, people: Iterable[PersonFact], sittings: Iterable[SittingFact], *, seed: str
) -> SeatingReport:
    """Look a plan over. `seed` draws again what stands against it."""
    everybody, facts = list(people), list(sittings)
    persons = {one.entry_id: one for one in everybody}
    given: dict[int, dict[int, PersonFact]] = defaultdict(dict)
    for seat in plan.given:
        given[seat.sitting_id][seat.number] = persons[seat.entry_id]
    rooms = tuple(_room(one, given[one.pk]) for one in sorted(facts, key=lambda one: (one.starts_at, one.pk)))
    before = 0
    for room in assigned(everybody, facts, seed=seed)[0]:
        seats = dict(zip(in_order_of_the_draw(room), room.guests, strict=True))
        before += _adjacent(room.fact, seats)
    return SeatingReport(rooms, before, sum(one.adjacent for one in rooms))


def _room(fact: SittingFact, seats: Mapping[int, PersonFact]) -> RoomReport:
    then = len(fact.taken_numbers) + len(seats)
    unmet = sum(one.has_needs and number not in fact.accessible for number, one in seats.items())
    return RoomReport(fact.pk, len(seats), then, fact.capacity, _adjacent(fact, seats), unmet if fact.cells else 0)


def _adjacent(fact: SittingFact, seats: Mapping[int, PersonFact]) -> int:
    floor = fact.floor()
    institutions: dict[int, int | None] = dict(floor.held)
    institutions.update((number, one.institution_id) for number, one in seats.items())
    return pairs(institutions, floor.beside)
