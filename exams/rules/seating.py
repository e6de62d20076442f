"""Who sits where: no overselling, no clash in time, nobody inside a bar (rules 4, E3, E5, E6)."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count
from typing import Literal

Why = Literal["no_original", "no_sitting", "no_place", "barred", "clash"]

WHY_WORDS: dict[Why, str] = {
    "no_original": "报名表原件未收到",
    "no_sitting": "该科目尚未安排场次",
    "no_place": "各场次名额已满",
    "barred": "可用日期都在不得参加评价的期限内",
    "clash": "与其另一职业的考试时间冲突",
}


@dataclass(frozen=True, slots=True)
class SittingFact:
    """A sitting as seating sees it; `taken_numbers` are the seat numbers already given."""

    pk: int
    subject_id: int
    site_id: int
    on: date
    starts_at: datetime
    ends_at: datetime
    capacity: int
    taken_numbers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class PersonFact:
    """An entry to be seated: its subjects, the times taken elsewhere, and the spans of days that are barred."""

    entry_id: int
    subject_ids: tuple[int, ...]
    has_original: bool = True
    has_needs: bool = False
    busy: tuple[tuple[datetime, datetime], ...] = ()
    barred: tuple[tuple[date, date], ...] = ()


@dataclass(frozen=True, slots=True)
class SeatGiven:
    """One subject of one entry: the sitting and the seat number."""

    entry_id: int
    subject_id: int
    sitting_id: int
    number: int


@dataclass(frozen=True, slots=True)
class SeatingPlan:
    """What seating would do: the seats that it gives, and who is left over and why."""

    given: tuple[SeatGiven, ...] = ()
    left_over: tuple[tuple[int, Why], ...] = ()


@dataclass(slots=True)
class _Room:
    """A sitting while it fills up."""

    fact: SittingFact
    used: set[int] = field(default_factory=set)

    @property
    def has_place(self) -> bool:
        return len(self.used) < self.fact.capacity

    def sit(self) -> int:
        number = next(one for one in count(1) if one not in self.used)
        self.used.add(number)
        return number


def plan_seats(people: Iterable[PersonFact], sittings: Iterable[SittingFact], *, seed: int) -> SeatingPlan:
    """The seats of everybody who can be seated: special needs first, the others in an order drawn from `seed`.

    The same facts and the same seed always give the same plan. A person is seated in all subjects or in none.
    """
    rooms: dict[int, list[_Room]] = defaultdict(list)
    for fact in sorted(sittings, key=lambda one: (one.starts_at, one.pk)):
        rooms[fact.subject_id].append(_Room(fact, set(fact.taken_numbers)))
    given: list[SeatGiven] = []
    left: list[tuple[int, Why]] = []
    for person in _order(people, seed=seed):
        if not person.has_original:
            left.append((person.entry_id, "no_original"))
            continue
        chosen = next(_choices(person, person.subject_ids, rooms), None)
        if chosen is None:
            left.append((person.entry_id, _why(person, rooms)))
            continue
        given += [
            SeatGiven(person.entry_id, room.fact.subject_id, room.fact.pk, room.sit()) for room in chosen
        ]  # fmt: skip
    return SeatingPlan(tuple(given), tuple(sorted(left)))


def overlaps(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> bool:
    """Whether two times share a moment; one may begin when the other ends."""
    return one[0] < other[1] and other[0] < one[1]


def _order(people: Iterable[PersonFact], *, seed: int) -> list[PersonFact]:
    drawn = sorted(people, key=lambda one: one.entry_id)
    random.Random(seed).shuffle(drawn)
    return sorted(drawn, key=lambda one: not one.has_needs)


def _choices(
    person: PersonFact, subject_ids: Sequence[int], rooms: Mapping[int, list[_Room]], chosen: tuple[_Room, ...] = ()
) -> Iterator[tuple[_Room, ...]]:
    """Every way to seat a person in the remaining subjects, the same day and site first."""
    if not subject_ids:
        yield chosen
        return
    options = [one for one in rooms.get(subject_ids[0], ()) if one.has_place and _fits(person, one.fact, chosen)]
    if chosen:
        first = chosen[0].fact
        options.sort(key=lambda one: (one.fact.on != first.on, one.fact.site_id != first.site_id))
    for option in options:
        yield from _choices(person, subject_ids[1:], rooms, (*chosen, option))


def _fits(person: PersonFact, fact: SittingFact, chosen: tuple[_Room, ...]) -> bool:
    time = (fact.starts_at, fact.ends_at)
    taken = [*person.busy, *((one.fact.starts_at, one.fact.ends_at) for one in chosen)]
    return not is_barred(fact.on, person.barred) and not any(overlaps(time, one) for one in taken)


def is_barred(day: date, spans: Iterable[tuple[date, date]]) -> bool:
    """Whether a day lies inside one of the spans, both ends included (rules E6)."""
    return any(first <= day <= last for first, last in spans)


def _why(person: PersonFact, rooms: Mapping[int, list[_Room]]) -> Why:
    for subject_id in person.subject_ids:
        offered = rooms.get(subject_id, [])
        if not offered:
            return "no_sitting"
        free = [one for one in offered if one.has_place]
        if not free:
            return "no_place"
        if all(is_barred(one.fact.on, person.barred) for one in free):
            return "barred"
    return "clash"
