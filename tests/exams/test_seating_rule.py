"""Seating as a rule: the same seed gives the same plan, neighbours are of different institutions where possible."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exams.enums import Numbering
from exams.rules import seating_file
from exams.rules.rooms import drawn as drawn_cells
from exams.rules.rooms import neighbours
from exams.rules.seating import plan_seats
from exams.rules.seating_facts import PersonFact, SittingFact
from exams.rules.seating_report import report_on
from exams.rules.seating_room import Floor, Guest, in_drawn_order, pairs, placed

NINE = datetime(2026, 1, 10, 1, 0, tzinfo=UTC)
SEED = "ab" * 32
SCHOOLS = st.sampled_from([None, 1, 2, 3])


def cells_of(rows: int, columns: int, *, aisles: tuple[int, ...] = ()) -> tuple[tuple[int, tuple[int, int]], ...]:
    spots = drawn_cells(rows=rows, columns=columns, numbering=Numbering.ROWS_SNAKE, aisles=aisles)
    return tuple((one.number, (one.row, one.column)) for one in spots)


def a_fact(
    pk: int, *, subject: int = 1, hour: int = 0, site: int = 1, capacity: int = 6, **more: object
) -> SittingFact:
    starts = NINE + timedelta(hours=hour)
    facts = {"cells": cells_of(3, 2), **more}
    return SittingFact(pk, subject, site, starts.date(), starts, starts + timedelta(hours=2), capacity, **facts)  # type: ignore[arg-type]  # passed through


def some(count: int, **facts: object) -> list[PersonFact]:
    return [PersonFact(one, (1,), **facts) for one in range(1, count + 1)]  # type: ignore[arg-type]  # passed through


def floor_of(rows: int, columns: int, *, accessible: frozenset[int] = frozenset()) -> Floor:
    cells = dict(cells_of(rows, columns))
    return Floor(sorted(cells), neighbours(cells), {}, accessible)


def adjacent(guests: list[Guest], numbers: tuple[int, ...] | list[int], floor: Floor) -> int:
    return pairs({n: one.institution for one, n in zip(guests, numbers, strict=True)}, floor.beside)


@settings(deadline=None, max_examples=60)
@given(schools=st.lists(SCHOOLS, min_size=1, max_size=6), shape=st.sampled_from([(2, 3), (3, 2), (1, 6)]))
def test_neighbours_are_of_different_institutions_wherever_that_is_possible(
    schools: list[int | None], shape: tuple[int, int]
) -> None:
    guests, floor = [Guest(one) for one in schools], floor_of(*shape)
    numbers = placed(guests, floor)
    assert len(set(numbers)) == len(guests)
    best = min(adjacent(guests, way, floor) for way in permutations(floor.free, len(guests)))
    assert (adjacent(guests, numbers, floor) == 0) == (best == 0)


def test_a_room_of_two_schools_is_a_chessboard() -> None:
    guests, floor = [Guest(1)] * 15 + [Guest(2)] * 15, floor_of(6, 5)
    assert adjacent(guests, placed(guests, floor), floor) == 0
    assert adjacent(guests, in_drawn_order(guests, floor), floor) > 0


def test_where_it_cannot_be_avoided_everybody_still_has_a_seat() -> None:
    guests, floor = [Guest(1)] * 28 + [Guest(2)] * 2, floor_of(6, 5)
    numbers = placed(guests, floor)
    assert sorted(numbers) == list(range(1, 31))
    assert adjacent(guests, numbers, floor) <= adjacent(guests, in_drawn_order(guests, floor), floor)


def test_empty_seats_are_used_to_keep_people_apart() -> None:
    guests, floor = [Guest(1)] * 3, floor_of(2, 3)
    assert adjacent(guests, placed(guests, floor), floor) == 0


def test_those_in_need_sit_on_accessible_seats() -> None:
    guests = [Guest(1, has_needs=True), Guest(2), Guest(1, has_needs=True)]
    numbers = placed(guests, floor_of(2, 3, accessible=frozenset({2, 5})))
    assert {numbers[0], numbers[2]} == {2, 5}


def test_the_same_seed_gives_the_same_plan_in_any_order_of_the_facts() -> None:
    people, sittings = some(12, institution_id=1), [a_fact(1), a_fact(2)]
    plan = plan_seats(people, sittings, seed=SEED)
    assert plan_seats(people[::-1], sittings[::-1], seed=SEED) == plan
    assert plan_seats(people, sittings, seed="cd" * 32) != plan
    assert Counter(one.sitting_id for one in plan.given) == {1: 6, 2: 6}


def test_a_changed_seed_does_not_match_the_commitment() -> None:
    assert seating_file.commitment(SEED) == "271a413bd339c5709fdceaec41f14f11e9fbfb5042d72d331c65f32b284cd09a"
    assert seating_file.commitment("cd" * 32) != seating_file.commitment(SEED)


def test_the_file_gives_the_same_plan_byte_for_byte() -> None:
    people = [*some(9, institution_id=2), PersonFact(20, (1,), has_needs=True, barred=((NINE.date(), NINE.date()),))]
    sittings = [a_fact(1, taken_numbers=frozenset({2}), held=((2, 2),)), a_fact(2, hour=26, accessible=frozenset({1}))]
    data = seating_file.roster_bytes(people, sittings)
    assert seating_file.roster_bytes(*seating_file.read_roster(data)) == data
    plan = seating_file.plan_bytes(plan_seats(people, sittings, seed=SEED))
    assert seating_file.replayed(data, seed=SEED) == plan
    assert seating_file.replayed(data, seed="cd" * 32) != plan


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"format":"x"}', b'{"format":"kupasi-seating/1","people":[1]}'])
def test_another_file_is_not_a_roster(data: bytes) -> None:
    with pytest.raises(seating_file.UnreadableRoster):
        seating_file.read_roster(data)


def test_people_of_an_institution_of_the_staff_sit_elsewhere() -> None:
    watched = a_fact(1, away=frozenset({7}))
    assert plan_seats(some(1, institution_id=7), [watched], seed=SEED).left_over == ((1, "staff"),)
    plan = plan_seats(some(1, institution_id=7), [watched, a_fact(2)], seed=SEED)
    assert [one.sitting_id for one in plan.given] == [2]


def test_somebody_in_need_is_led_to_the_room_with_an_accessible_seat() -> None:
    rooms = [a_fact(1), a_fact(2, accessible=frozenset({3}))]
    plan = plan_seats(some(1, has_needs=True), rooms, seed=SEED)
    assert [(one.sitting_id, one.number) for one in plan.given] == [(2, 3)]


def test_both_subjects_are_on_one_day_at_one_site_where_that_is_possible() -> None:
    rooms = [a_fact(1), a_fact(2, subject=2, hour=1), a_fact(3, subject=2, hour=24), a_fact(4, subject=2, hour=5)]
    plan = plan_seats([PersonFact(1, (1, 2))], rooms, seed=SEED)
    assert [one.sitting_id for one in plan.given] == [1, 4]


@settings(deadline=None, max_examples=40)
@given(
    schools=st.lists(SCHOOLS, min_size=0, max_size=20),
    capacities=st.lists(st.integers(1, 6), min_size=1, max_size=3),
    blocked=st.sets(st.integers(1, 6), max_size=3),
)
def test_nobody_is_oversold_and_no_seat_given_twice(
    schools: list[int | None], capacities: list[int], blocked: set[int]
) -> None:
    cells = tuple(one for one in cells_of(3, 2) if one[0] not in blocked)
    sittings = [a_fact(pk, capacity=size, cells=cells) for pk, size in enumerate(capacities, start=1)]
    people = [PersonFact(pk, (1,), institution_id=one) for pk, one in enumerate(schools, start=1)]
    plan = plan_seats(people, sittings, seed=SEED)
    places = sum(min(size, len(cells)) for size in capacities)
    assert len(plan.given) == min(len(people), places)
    assert len(plan.left_over) == len(people) - len(plan.given)
    assert len({(one.sitting_id, one.number) for one in plan.given}) == len(plan.given)
    assert not {one.number for one in plan.given} & blocked
    assert report_on(plan, people, sittings, seed=SEED).adjacent_after <= 7 * len(sittings)
