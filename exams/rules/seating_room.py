"""Who takes which seat of one room: special needs first, people of one institution apart where the grid allows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

BUDGET = 3000  # steps of the exact search in one room; past it the room is improved by exchanging seats
DEEPEST = 500  # seats of a room that is searched; a larger one is improved by exchanges alone


class Guest(NamedTuple):
    """Somebody for a room, in the order of the draw: the institution (None: an individual), and whether in need."""

    institution: int | None
    has_needs: bool = False


@dataclass(frozen=True, slots=True)
class Floor:
    """A room's free seats in the order of their numbers, who is beside whom, and who sits there already."""

    free: Sequence[int]
    beside: Mapping[int, Sequence[int]]
    held: Mapping[int, int | None]
    accessible: frozenset[int] = frozenset()


def in_drawn_order(guests: Sequence[Guest], floor: Floor) -> list[int]:
    """The numbers without a look at the neighbours: one after the other, accessible seats to those in need."""
    return _Sheet(floor).fill(guests, apart=False)


def placed(guests: Sequence[Guest], floor: Floor) -> list[int]:
    """A number for each guest; never more guests than free seats.

    The first who is not beside the own people takes the next seat; where the last ones do not come out, an exact search
    within `BUDGET` steps, and after it exchanges that leave fewer neighbours.
    """
    sheet = _Sheet(floor)
    numbers = sheet.fill(guests, apart=True)
    if sheet.is_apart or not sheet.pairs_of(guests, numbers):
        return numbers
    found = _searched(guests, numbers, sheet)
    return found if found is not None else _exchanged(guests, numbers, sheet)


def pairs(institutions: Mapping[int, int | None], beside: Mapping[int, Sequence[int]]) -> int:
    """How many pairs of neighbours are of one institution; individuals belong to none."""
    return sum(
        1
        for number, mine in institutions.items()
        if mine is not None
        for other in beside.get(number, ())
        if other > number and institutions.get(other) == mine
    )


class _Sheet:
    """A room while it is filled."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.beside = floor.beside
        self.is_apart = not floor.held  # nobody sits beside the own people, as far as is known without counting

    def fill(self, guests: Sequence[Guest], *, apart: bool) -> list[int]:
        """Those in need on accessible seats, then the others seat by seat."""
        numbers = [0] * len(guests)
        at: dict[int, int | None] = dict(self.floor.held)
        free = list(self.floor.free)
        for index, guest in enumerate(guests):
            if not guest.has_needs:
                continue
            choice = self._for_needs(guest, free, at, apart=apart)
            free.remove(choice)
            numbers[index], at[choice] = choice, guest.institution
        waiting = [index for index, guest in enumerate(guests) if not guest.has_needs]
        self._for_others(guests, waiting, free, at, numbers, apart=apart)
        return numbers

    def _for_needs(self, guest: Guest, free: list[int], at: dict[int, int | None], *, apart: bool) -> int:
        usable = [one for one in free if one in self.floor.accessible] or free
        if apart and guest.institution is not None:
            for one in usable:
                if all(at.get(other) != guest.institution for other in self.beside[one]):
                    return one
            self.is_apart = False
        return usable[0]

    def _for_others(
        self, guests: Sequence[Guest], waiting: list[int], free: list[int],
        at: dict[int, int | None], numbers: list[int], *, apart: bool,
    ) -> None:  # fmt: skip
        spare = len(free) - len(waiting)
        for number in free:
            if not waiting:
                return
            position = self._first_apart(guests, waiting, at, number) if apart else 0
            if position is None and spare:
                spare -= 1
                continue
            if position is None:
                self.is_apart = False
            index = waiting.pop(position or 0)
            numbers[index], at[number] = number, guests[index][0]

    def _first_apart(
        self, guests: Sequence[Guest], waiting: Sequence[int], at: Mapping[int, int | None], number: int
    ) -> int | None:
        first = guests[waiting[0]][0]
        if first is None:
            return 0
        around = [at[other] for other in self.beside[number] if other in at]
        if first not in around:
            return 0
        for position, index in enumerate(waiting):
            mine = guests[index][0]
            if mine is None or mine not in around:
                return position
        return None

    def pairs_of(self, guests: Sequence[Guest], numbers: Sequence[int]) -> int:
        """Neighbours of one institution when the guests sit on these numbers."""
        at: dict[int, int | None] = dict(self.floor.held)
        at.update((number, guest[0]) for guest, number in zip(guests, numbers, strict=True))
        return pairs(at, self.beside)


def _searched(guests: Sequence[Guest], numbers: Sequence[int], sheet: _Sheet) -> list[int] | None:
    """Seats without any neighbours of one institution for those not in need, who keep theirs; None when not found."""
    fixed = {number: guest.institution for guest, number in zip(guests, numbers, strict=True) if guest.has_needs}
    at: dict[int, int | None] = {**sheet.floor.held, **fixed}
    if pairs(at, sheet.beside):
        return None
    queues: dict[int | None, list[int]] = defaultdict(list)
    for index, guest in enumerate(guests):
        if not guest.has_needs:
            queues[guest.institution].append(index)
    free = [one for one in sheet.floor.free if one not in fixed]
    chosen = _Search(free, sheet.beside, at, Counter({key: len(one) for key, one in queues.items()})).run()
    if chosen is None:
        return None
    result = list(numbers)
    for number in free:
        if number in chosen:
            result[queues[chosen[number]].pop(0)] = number
    return result


class _Search:
    """Seat by seat, the institution with most people left first; steps back where nobody fits."""

    def __init__(
        self,
        free: list[int],
        beside: Mapping[int, Sequence[int]],
        at: dict[int, int | None],
        left: Counter[int | None],
    ) -> None:
        self.free, self.beside, self.at, self.left = free, beside, at, left
        self.empty = len(free) - sum(left.values())
        self.budget = BUDGET
        self.chosen: dict[int, int | None] = {}

    def run(self) -> dict[int, int | None] | None:
        """Institution by number, the seats that stay empty left out; None when not found within the budget."""
        return self.chosen if len(self.free) <= DEEPEST and self._go(0) else None

    def _go(self, depth: int) -> bool:
        if depth == len(self.free):
            return True
        self.budget -= 1
        number = self.free[depth]
        around = {self.at[other] for other in self.beside[number] if other in self.at}
        fitting = [key for key, count in self.left.items() if count and (key is None or key not in around)]
        fitting.sort(key=lambda key: (-self.left[key], key is None, key or 0))
        for key in fitting:
            self.left[key] -= 1
            self.chosen[number] = self.at[number] = key
            if self._go(depth + 1):
                return True
            self.left[key] += 1
            del self.chosen[number], self.at[number]
            if self.budget <= 0:
                return False
        if not self.empty:
            return False
        self.empty -= 1
        found = self._go(depth + 1)
        self.empty += not found
        return found


def _exchanged(guests: Sequence[Guest], numbers: Sequence[int], sheet: _Sheet) -> list[int]:
    """Exchange two seats, or move to an empty one, as long as fewer neighbours of one institution are left."""
    best = list(numbers)
    at: dict[int, int | None] = dict(sheet.floor.held)
    at.update((number, guest.institution) for guest, number in zip(guests, numbers, strict=True))
    movable = [index for index, guest in enumerate(guests) if not guest.has_needs]
    for _ in range(3):
        moved = [_improved(one, movable, guests, best, at, sheet) for one in movable]
        if not any(moved):
            break
    return best


def _improved(
    one: int,
    movable: Sequence[int],
    guests: Sequence[Guest],
    best: list[int],
    at: dict[int, int | None],
    sheet: _Sheet,
) -> bool:
    """Whether a better seat was found for a guest who sits beside the own people."""

    def near(number: int, institution: int | None) -> int:
        return institution is not None and sum(at.get(other) == institution for other in sheet.beside[number])

    mine, here = guests[one].institution, best[one]
    if not near(here, mine):
        return False
    for other in movable:
        theirs, there = guests[other].institution, best[other]
        if theirs == mine:
            continue
        before = near(here, mine) + near(there, theirs)
        at[here], at[there] = theirs, mine
        if near(here, theirs) + near(there, mine) < before:
            best[one], best[other] = there, here
            return True
        at[here], at[there] = mine, theirs
    for there in sheet.floor.free:
        if there in at:
            continue
        before = near(here, mine)
        del at[here]
        if near(there, mine) < before:
            best[one], at[there] = there, mine
            return True
        at[here] = mine
    return False
