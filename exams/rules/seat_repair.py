"""Repairing an arrangement by moving the fewest people: a broken seat, a lost room, somebody more (rules K5).

Seats of a sitting are alike but for being accessible, so that people are assigned to kinds of seats by augmenting paths
of least cost: whoever lost the seat moves anyway, everybody else who has to make room costs one.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .seating import fits
from .seating_facts import PersonFact, SittingFact

Chair = tuple[int, int]  # sitting, number
Kind = tuple[int, bool]  # sitting, accessible


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody of one subject: the constraints (`busy` without this very seat), and the seat held; None for somebody
    who is to be added."""

    person: PersonFact
    chair: Chair | None = None


@dataclass(frozen=True, slots=True)
class Floorplan:
    """A sitting as it can be used from now on: `usable` numbers without the broken ones, none for a lost room."""

    fact: SittingFact
    usable: tuple[int, ...]
    beside: Mapping[int, Sequence[int]] = field(default_factory=dict)

    def kind_of(self, number: int) -> Kind:
        """Which kind of seat a number is."""
        return self.fact.pk, number in self.fact.accessible


@dataclass(frozen=True, slots=True, order=True)
class Move:
    """Somebody's new seat; `before` is None for somebody who is added."""

    entry_id: int
    before: Chair | None
    after: Chair


@dataclass(frozen=True, slots=True)
class RepairPlan:
    """Everybody who gets another seat, and those for whom there is none."""

    moves: tuple[Move, ...] = ()
    left_over: tuple[int, ...] = ()

    @property
    def moved(self) -> int:
        """How many people who had a seat get another one."""
        return sum(one.before is not None for one in self.moves)


def plan_repair(holders: Iterable[Holder], sittings: Iterable[Floorplan]) -> RepairPlan:
    """The repair of one subject that seats most people and, of those, moves the fewest.

    Whoever lost a seat comes before those who are added. Of equal ways the same time, site and room are preferred, and
    a seat that is not beside people of the own institution.
    """
    people = sorted(holders, key=lambda one: (one.chair is None, not one.person.has_needs, one.person.entry_id))
    rooms = {one.fact.pk: one for one in sittings}
    work = _Work(people, rooms)
    lost = [one for one in people if one.person.entry_id in work.homeless and one.chair is not None]
    added = [one for one in people if one.chair is None]
    for group in (lost, added):
        work.seat([one for one in group if one.person.has_needs], accessible=True)
        work.seat(group)
    left = sorted(key for key in work.homeless if key not in work.at)
    return RepairPlan(tuple(sorted(_numbered(work))), tuple(left))


class _Work:
    """Who is assigned to which kind of seat, while the repair is worked out."""

    def __init__(self, people: Sequence[Holder], rooms: Mapping[int, Floorplan]) -> None:
        self.rooms = rooms
        self.holders = {one.person.entry_id: one for one in people}
        self.chairs: dict[Kind, int] = defaultdict(int)
        for room in rooms.values():
            for number in room.usable:
                self.chairs[room.kind_of(number)] += 1
        self.kinds = sorted(self.chairs)
        self.home: dict[int, Kind] = {}
        self.at: dict[int, Kind] = {}
        self.inside: dict[Kind, list[int]] = defaultdict(list)
        self.count: dict[int, int] = defaultdict(int)
        for one in people:
            sits = rooms.get(one.chair[0]) if one.chair is not None else None
            if sits is not None and one.chair is not None and one.chair[1] in sits.usable:
                self.home[one.person.entry_id] = sits.kind_of(one.chair[1])
                self._put(one.person.entry_id, sits.kind_of(one.chair[1]))
        self.homeless = {key for key in self.holders if key not in self.home}

    def seat(self, group: Sequence[Holder], *, accessible: bool = False) -> None:
        """Seat as many of a group as can be: free seats first, then the cheapest chain that seats one more."""
        for holder in group:
            self._directly(holder, accessible=accessible)
        while self._by_others([one for one in group if one.person.entry_id not in self.at], accessible=accessible):
            pass

    def cost(self, key: int, kind: Kind) -> int:
        """One for somebody who keeps a seat otherwise."""
        return int(key in self.home and self.home[key] != kind)

    def may(self, key: int, kind: Kind) -> bool:
        """Whether somebody may sit there: no clash, no bar, no staff of the own institution, accessible if needed."""
        holder = self.holders[key]
        if self.home.get(key) == kind:
            return True
        if holder.person.has_needs and key in self.home and self.home[key][1] and not kind[1]:
            return False
        fact = self.rooms[kind[0]].fact
        return holder.person.institution_id not in fact.away and fits(holder.person, fact)

    def _put(self, key: int, kind: Kind) -> None:
        if key in self.at:
            self.inside[self.at[key]].remove(key)
            self.count[self.at[key][0]] -= 1
        self.at[key] = kind
        self.inside[kind].append(key)
        self.count[kind[0]] += 1

    def _has_chair(self, kind: Kind) -> bool:
        return len(self.inside[kind]) < self.chairs[kind]

    def _has_room(self, sitting_id: int) -> bool:
        return self.count[sitting_id] < self.rooms[sitting_id].fact.capacity

    def _starts(self, holder: Holder, *, accessible: bool) -> list[Kind]:
        return [one for one in self.kinds if self.may(holder.person.entry_id, one) and (one[1] or not accessible)]

    def _directly(self, holder: Holder, *, accessible: bool) -> None:
        if holder.person.entry_id in self.at:
            return
        kinds = self._starts(holder, accessible=accessible)
        free = [one for one in kinds if self._has_chair(one) and self._has_room(one[0])]
        if free:
            self._put(holder.person.entry_id, min(free, key=lambda one: self._far(holder, one)))

    def _far(self, holder: Holder, kind: Kind) -> tuple[object, ...]:
        """How far another kind of seat is from the old one; smaller is better. Accessible ones are kept free."""
        fact = self.rooms[kind[0]].fact
        old = self.rooms.get(holder.chair[0]) if holder.chair is not None else None
        spare = kind[1] and not holder.person.has_needs
        if old is None:
            return (False, False, False, spare, fact.starts_at, kind)
        was = old.fact
        there = (was.starts_at != fact.starts_at, was.site_id != fact.site_id, was.pk != fact.pk)
        return (*there, spare, fact.starts_at, kind)

    def _by_others(self, group: Sequence[Holder], *, accessible: bool) -> bool:
        """Seat one more by the cheapest chain in which others make room (Bellman–Ford over kinds of seats)."""
        first: dict[Kind, Holder] = {}
        for holder in group:
            for kind in self._starts(holder, accessible=accessible):
                first.setdefault(kind, holder)
        best: dict[Kind, int] = dict.fromkeys(first, 0)
        came: dict[Kind, tuple[Kind, int] | None] = dict.fromkeys(first)
        queue = deque(first)
        while queue:
            kind = queue.popleft()
            for evicted, other, step in self._steps(kind):
                if best[kind] + step < best.get(other, 1 << 30):
                    best[other], came[other] = best[kind] + step, (kind, evicted)
                    queue.append(other)
        ends = [one for one in best if self._has_chair(one) and self._has_room(one[0])]
        if ends:
            self._walk_back(min(ends, key=lambda one: (best[one], one)), came, first)
        return bool(ends)

    def _steps(self, kind: Kind) -> list[tuple[int, Kind, int]]:
        """Who could leave so that one more comes to this kind, for where, at which cost; the cheapest for each."""
        leaving = [kind]
        if self._has_chair(kind):  # a chair is free but the sitting is full: anybody of the sitting may leave
            leaving = [one for one in self.kinds if one[0] == kind[0]]
        found: dict[Kind, tuple[int, int]] = {}
        for source in leaving:
            for key in self.inside[source]:
                now = self.cost(key, source)
                for other in self.kinds:
                    step = self.cost(key, other) - now
                    if other[0] == kind[0] and source != kind:
                        continue
                    if other != source and step < found.get(other, (2, 0))[0] and self.may(key, other):
                        found[other] = (step, key)
        return [(key, other, step) for other, (step, key) in found.items()]

    def _walk_back(self, end: Kind, came: Mapping[Kind, tuple[Kind, int] | None], first: Mapping[Kind, Holder]) -> None:
        kind = end
        while (step := came[kind]) is not None:
            self._put(step[1], kind)
            kind = step[0]
        self._put(first[kind].person.entry_id, kind)


def _numbered(work: _Work) -> list[Move]:
    """A number for everybody whose kind of seat is another one, or whose seat is gone."""
    taken: dict[int, dict[int, int | None]] = defaultdict(dict)
    moving = []
    for key, kind in sorted(work.at.items()):
        holder = work.holders[key]
        if work.home.get(key) == kind and holder.chair is not None:
            taken[kind[0]][holder.chair[1]] = holder.person.institution_id
        else:
            moving.append((key, kind))
    moves = []
    for key, kind in moving:
        room, holder = work.rooms[kind[0]], work.holders[key]
        free = [one for one in room.usable if one not in taken[kind[0]] and room.kind_of(one) == kind]
        mine, there = holder.person.institution_id, taken[kind[0]]
        number = min(free, key=lambda one: (_near(one, mine, room, there), one))
        there[number] = mine
        moves.append(Move(key, holder.chair, (kind[0], number)))
    return moves


def _near(number: int, mine: int | None, room: Floorplan, there: Mapping[int, int | None]) -> int:
    return 0 if mine is None else sum(there.get(one) == mine for one in room.beside.get(number, ()))
