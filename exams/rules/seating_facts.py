"""What seating is told and what it answers: people, sittings, seats given, and why somebody is left over."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple

from .rooms import Cell, in_a_line, neighbours
from .seating_room import Floor

Why = Literal["no_original", "no_sitting", "no_place", "barred", "clash", "staff"]

WHY_WORDS: dict[Why, str] = {
    "no_original": "报名表原件未收到",
    "no_sitting": "该科目尚未安排场次",
    "no_place": "各场次名额已满",
    "barred": "可用日期都在不得参加评价的期限内",
    "clash": "与其另一科目或另一职业的考试时间冲突",
    "staff": "有名额的场次都有与其机构有关系、须回避的考务人员",
}


@dataclass(frozen=True, slots=True)
class SittingFact:
    """A sitting as seating sees it.

    `taken_numbers` are given already, `held` says to people of which institution. `cells` are the usable seats by their
    number; without a plan the numbers up to `capacity` stand in a line. `away`: institutions whose people may not sit
    here, because staff of this sitting belong to them.
    """

    pk: int
    subject_id: int
    site_id: int
    on: date
    starts_at: datetime
    ends_at: datetime
    capacity: int
    taken_numbers: frozenset[int] = frozenset()
    cells: tuple[tuple[int, Cell], ...] = ()
    accessible: frozenset[int] = frozenset()
    held: tuple[tuple[int, int], ...] = ()
    away: frozenset[int] = frozenset()

    @property
    def places(self) -> int:
        """How many more people may come."""
        left = max(0, self.capacity - len(self.taken_numbers))
        return min(left, len(self.free_numbers)) if self.cells else left

    @property
    def free_numbers(self) -> list[int]:
        """The numbers that can be given, in order."""
        if self.cells:
            return sorted(number for number, _ in self.cells if number not in self.taken_numbers)
        last = self.capacity + len([one for one in self.taken_numbers if one > self.capacity])
        return [one for one in range(1, last + 1) if one not in self.taken_numbers]

    def floor(self) -> Floor:
        """The room for those who come now."""
        free = self.free_numbers
        beside = _beside(self.cells or tuple(in_a_line(sorted({*free, *self.taken_numbers})).items()))
        held: dict[int, int | None] = {one: None for one in self.taken_numbers if one in beside}
        return Floor(free, beside, held | {one: of for one, of in self.held if one in beside}, self.accessible)


@functools.lru_cache(maxsize=256)
def _beside(cells: tuple[tuple[int, Cell], ...]) -> dict[int, tuple[int, ...]]:
    """Rooms of one shape are asked again and again; the answer is read only."""
    return neighbours(dict(cells))


@dataclass(frozen=True, slots=True)
class PersonFact:
    """An entry to be seated: its subjects, the times taken elsewhere, and the spans of days that are barred."""

    entry_id: int
    subject_ids: tuple[int, ...]
    has_original: bool = True
    has_needs: bool = False
    busy: tuple[tuple[datetime, datetime], ...] = ()
    barred: tuple[tuple[date, date], ...] = ()
    institution_id: int | None = None


class SeatGiven(NamedTuple):
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
