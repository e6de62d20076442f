"""Who sits where: no overselling, no clash in time, nobody inside a bar, nobody beside the own people (rules 4, E3–E6).

A pure function of the seed, the roster, the rooms and the constraints: the same facts and the same seed always give the
same plan, on any machine, so that anybody who holds them can replay it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

from kupasi.collecting import without_collecting

from .seating_facts import PersonFact, SeatGiven, SeatingPlan, SittingFact, Why
from .seating_room import Guest, in_drawn_order, placed


class _Room:
    """A sitting while it fills up."""

    __slots__ = ("accessible", "fact", "guests", "kinds", "left")

    def __init__(self, fact: SittingFact) -> None:
        self.fact = fact
        self.left = fact.places
        self.accessible = len(fact.accessible - fact.taken_numbers)
        self.guests: list[PersonFact] = []
        self.kinds: list[tuple[int | None, bool]] = []

    def has_place(self, person: PersonFact, *, accessible: bool) -> bool:
        """Whether this person may have a place here; `accessible`: one that suits somebody in need."""
        return self.left > 0 and person.institution_id not in self.fact.away and (not accessible or self.accessible > 0)

    def take(self, person: PersonFact) -> None:
        self.left -= 1
        self.accessible -= person.has_needs and self.accessible > 0
        self.guests.append(person)
        self.kinds.append((person.institution_id, person.has_needs))


class _Slot:
    """The sittings of a subject that begin and end together at one site."""

    __slots__ = ("first", "rooms")

    def __init__(self, fact: SittingFact) -> None:
        self.first = fact
        self.rooms: list[_Room] = []

    def room_for(self, person: PersonFact, *, accessible: bool) -> _Room | None:
        """The first one with a place; those that are full are forgotten."""
        if self.is_full:
            return None
        for one in self.rooms:
            if one.has_place(person, accessible=accessible):
                return one
        return None

    @property
    def is_full(self) -> bool:
        """Whether no room has a place; those at the front that are full are forgotten."""
        while self.rooms and not self.rooms[0].left:
            self.rooms.pop(0)
        return not self.rooms


_Slots = Mapping[int, list[_Slot]]


def drawn(people: Iterable[PersonFact], *, seed: str) -> list[PersonFact]:
    """The order of the draw: by SHA-256 of `seed:entry`, those with special needs before all others."""
    mark, sha = f"{seed}:".encode(), hashlib.sha256
    ranked = sorted(people, key=lambda one: sha(b"%s%d" % (mark, one.entry_id)).digest())
    return [one for one in ranked if one.has_needs] + [one for one in ranked if not one.has_needs]


def plan_seats(people: Iterable[PersonFact], sittings: Iterable[SittingFact], *, seed: str) -> SeatingPlan:
    """The seats of everybody who can be seated: special needs first, the others in the order drawn from `seed`.

    A person is seated in all subjects or in none; people of one institution are not put side by side or one behind the
    other where the room allows it.
    """
    with without_collecting():
        return _plan(people, sittings, seed=seed)


def _plan(people: Iterable[PersonFact], sittings: Iterable[SittingFact], *, seed: str) -> SeatingPlan:
    rooms, left = assigned(people, sittings, seed=seed)
    given: list[SeatGiven] = []
    for room in rooms:
        subject, sitting = room.fact.subject_id, room.fact.pk
        numbers = placed(_guests(room), room.fact.floor())
        given += [
            SeatGiven(one.entry_id, subject, sitting, number) for one, number in zip(room.guests, numbers, strict=True)
        ]
    given.sort()
    return SeatingPlan(tuple(given), tuple(left))


def in_order_of_the_draw(room: _Room) -> list[int]:
    """The numbers that the room's people would have if nobody looked at the neighbours."""
    return in_drawn_order(_guests(room), room.fact.floor())


def _guests(room: _Room) -> list[Guest]:
    """The room's people in the order of the draw; those who differ in nothing are one and the same object."""
    known: dict[tuple[int | None, bool], Guest] = {}
    return [known.get(key) or known.setdefault(key, Guest(*key)) for key in room.kinds]


def assigned(
    people: Iterable[PersonFact], sittings: Iterable[SittingFact], *, seed: str
) -> tuple[list[_Room], list[tuple[int, Why]]]:
    """Who comes to which sitting, in the order of the draw; and who is left over, by entry.

    Free places only become fewer, so that the first choice of people with the same constraints holds until it is full.
    """
    rooms = [_Room(one) for one in sorted(sittings, key=lambda one: (one.starts_at, one.pk))]
    slots = _slots(rooms)
    away = frozenset(one for room in rooms for one in room.fact.away)
    last: dict[object, tuple[_Room, ...] | None] = {}
    left: list[tuple[int, Why]] = []
    for person in drawn(people, seed=seed):
        if not person.has_original:
            left.append((person.entry_id, "no_original"))
            continue
        tied = person.institution_id if person.institution_id in away else None
        key = (person.subject_ids, person.busy, person.barred, tied, person.has_needs)
        chosen = last.get(key, ())
        if chosen is not None and not (chosen and _open(chosen, person)):
            chosen = last[key] = _chosen(person, slots)
        if chosen is None:
            left.append((person.entry_id, _why(person, slots)))
            continue
        for room in chosen:
            room.take(person)
    return rooms, sorted(left)


def _open(chosen: tuple[_Room, ...], person: PersonFact) -> bool:
    if person.has_needs:  # asked anew each time: another room may still have an accessible seat
        return False
    for one in chosen:  # noqa: SIM110  # asked once for every person: a generator would take as long as the rest
        if one.left <= 0:
            return False
    return True


def _slots(rooms: Iterable[_Room]) -> dict[int, list[_Slot]]:
    found: dict[object, _Slot] = {}
    by_subject: dict[int, list[_Slot]] = defaultdict(list)
    for room in rooms:
        fact = room.fact
        key = (fact.subject_id, fact.starts_at, fact.ends_at, fact.site_id)
        if key not in found:
            found[key] = _Slot(fact)
            by_subject[fact.subject_id].append(found[key])
        found[key].rooms.append(room)
    return by_subject


def _chosen(person: PersonFact, slots: _Slots) -> tuple[_Room, ...] | None:
    for subject_id in person.subject_ids:
        offered = slots.get(subject_id, [])
        while len(offered) > 1 and offered[0].is_full:  # the last one stays, so that "full" is not "none offered"
            offered.pop(0)
    if person.has_needs:
        suited = next(_choices(person, person.subject_ids, slots, accessible=True), None)
        if suited is not None:
            return suited
    return next(_choices(person, person.subject_ids, slots, accessible=False), None)


def _choices(
    person: PersonFact,
    subject_ids: Sequence[int],
    slots: _Slots,
    chosen: tuple[_Room, ...] = (),
    *,
    accessible: bool,
) -> Iterator[tuple[_Room, ...]]:
    """Every way to seat a person in the remaining subjects, the same day and site first."""
    if not subject_ids:
        yield chosen
        return
    options = list(slots.get(subject_ids[0], ()))
    if chosen:
        first = chosen[0].fact
        options.sort(key=lambda one: (one.first.on != first.on, one.first.site_id != first.site_id))
    for slot in options:
        room = slot.room_for(person, accessible=accessible)
        if room is not None and fits(person, slot.first, [one.fact for one in chosen]):
            yield from _choices(person, subject_ids[1:], slots, (*chosen, room), accessible=accessible)


def fits(person: PersonFact, fact: SittingFact, others: Iterable[SittingFact] = ()) -> bool:
    """Whether a person may come at this time: not barred on the day, and nowhere else at the same time."""
    time = (fact.starts_at, fact.ends_at)
    taken = [*person.busy, *((one.starts_at, one.ends_at) for one in others)]
    return not is_barred(fact.on, person.barred) and not any(overlaps(time, one) for one in taken)


def overlaps(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> bool:
    """Whether two times share a moment; one may begin when the other ends."""
    return one[0] < other[1] and other[0] < one[1]


def is_barred(day: date, spans: Iterable[tuple[date, date]]) -> bool:
    """Whether a day lies inside one of the spans, both ends included (rules E6)."""
    return any(first <= day <= last for first, last in spans)


def _why(person: PersonFact, slots: _Slots) -> Why:
    for subject_id in person.subject_ids:
        offered = slots.get(subject_id, [])
        if not offered:
            return "no_sitting"
        open_ones = [one for one in offered if any(room.left for room in one.rooms)]
        if not open_ones:
            return "no_place"
        free = [one for one in open_ones if one.room_for(person, accessible=False)]
        if not free:
            return "staff"
        if all(is_barred(one.first.on, person.barred) for one in free):
            return "barred"
    return "clash"
