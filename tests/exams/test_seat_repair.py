"""Repairs move the fewest people: compared with every possible way on small cases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from exams.rules.seat_repair import Chair, Floorplan, Holder, RepairPlan, plan_repair
from exams.rules.seating import fits
from exams.rules.seating_facts import PersonFact, SittingFact

NINE = datetime(2026, 1, 10, 1, 0, tzinfo=UTC)


def a_room(
    pk: int, usable: list[int], *, hour: int = 0, capacity: int = 9, away: frozenset[int] = frozenset(),
    accessible: frozenset[int] = frozenset(), beside: dict[int, tuple[int, ...]] | None = None,
) -> Floorplan:  # fmt: skip
    starts = NINE + timedelta(hours=hour)
    fact = SittingFact(
        pk, 1, 1, starts.date(), starts, starts + timedelta(hours=1), capacity, away=away, accessible=accessible
    )
    return Floorplan(fact, tuple(usable), beside or {})


def somebody(key: int, chair: Chair | None, **facts: object) -> Holder:
    return Holder(PersonFact(key, (1,), **facts), chair)  # type: ignore[arg-type]  # passed through


def busy(hour: int) -> tuple[tuple[datetime, datetime], ...]:
    return ((NINE + timedelta(hours=hour), NINE + timedelta(hours=hour, minutes=30)),)


def test_only_whoever_sat_on_the_broken_seat_moves() -> None:
    plan = plan_repair([somebody(1, (1, 1)), somebody(2, (1, 2))], [a_room(1, [2, 3])])
    assert [(one.entry_id, one.after) for one in plan.moves] == [(1, (1, 3))]
    assert plan.moved == 1


def test_a_withdrawal_moves_nobody() -> None:
    assert plan_repair([somebody(2, (1, 2))], [a_room(1, [1, 2, 3])]) == RepairPlan()


def test_one_person_makes_room_where_the_only_free_seat_does_not_suit() -> None:
    """The one who lost the seat is busy in the later sitting; somebody else can go there."""
    rooms = [a_room(1, [2]), a_room(2, [1], hour=3)]
    plan = plan_repair([somebody(1, (1, 1), busy=busy(3)), somebody(2, (1, 2))], rooms)
    assert [(one.entry_id, one.after) for one in plan.moves] == [(1, (1, 2)), (2, (2, 1))]


def test_a_lost_room_is_spread_over_the_others_at_the_same_time_first() -> None:
    rooms = [a_room(1, []), a_room(2, [1, 2], hour=3), a_room(3, [1, 2])]
    plan = plan_repair([somebody(1, (1, 1)), somebody(2, (1, 2)), somebody(3, (1, 3))], rooms)
    assert sorted(one.after[0] for one in plan.moves) == [2, 3, 3]


def test_whoever_is_added_comes_after_those_who_lost_a_seat() -> None:
    plan = plan_repair([somebody(1, None), somebody(2, (1, 1))], [a_room(1, [2])])
    assert ([one.entry_id for one in plan.moves], plan.left_over) == ([2], (1,))


def test_a_new_seat_is_not_beside_the_own_people_where_another_one_is_free() -> None:
    room = a_room(1, [1, 2, 3, 4], beside={1: (2,), 2: (1, 3), 3: (2, 4), 4: (3,)})
    plan = plan_repair([somebody(1, (1, 9), institution_id=5), somebody(2, (1, 1), institution_id=5)], [room])
    assert plan.moves[0].after == (1, 3)


def test_somebody_in_need_gets_the_accessible_seat_and_another_makes_room() -> None:
    room = a_room(1, [1, 2, 3], accessible=frozenset({1}))
    people = [somebody(1, (1, 9), has_needs=True), somebody(2, (1, 1)), somebody(3, (1, 2))]
    assert [(one.entry_id, one.after[1]) for one in plan_repair(people, [room]).moves] == [(1, 1), (2, 3)]


def ways(holders: list[Holder], rooms: list[Floorplan]) -> Iterator[tuple[int, int, int]]:
    """(those who lost a seat and stay without, the added who stay without, people moved) of every possible way."""
    chairs: list[Chair | None] = [None, *((room.fact.pk, number) for room in rooms for number in room.usable)]
    by_key = {room.fact.pk: room for room in rooms}
    for way in product(chairs, repeat=len(holders)):
        used = [one for one in way if one is not None]
        if len(set(used)) < len(used):
            continue
        if any(sum(one[0] == pk for one in used) > room.fact.capacity for pk, room in by_key.items()):
            continue
        cost = [judged(holder, chair, chairs, by_key) for holder, chair in zip(holders, way, strict=True)]
        if all(one is not None for one in cost):
            yield tuple(sum(one[part] for one in cost if one) for part in range(3))  # type: ignore[misc]  # three sums


def judged(
    holder: Holder, chair: Chair | None, chairs: list[Chair | None], rooms: dict[int, Floorplan]
) -> tuple[int, int, int] | None:
    """What one person's part of a way costs; None when the person may not sit there."""
    has_home = holder.chair in chairs and holder.chair is not None
    if chair is None:
        return None if has_home else (int(holder.chair is not None), int(holder.chair is None), 0)
    if chair == holder.chair:
        return (0, 0, 0)
    fact = rooms[chair[0]].fact
    if holder.person.institution_id in fact.away or not fits(holder.person, fact):
        return None
    return (0, 0, int(has_home))


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Holder], list[Floorplan]]:
    """Three sittings of up to three seats, some of them broken; up to five people, one of them perhaps new."""
    rooms, chairs = [], []
    for pk in (1, 2, 3):
        size = draw(st.integers(1, 3))
        all_of_it = [(pk, number) for number in range(1, size + 1)]
        chairs += all_of_it
        usable = [number for _, number in all_of_it if draw(st.integers(0, 3))]
        away = frozenset({1}) if draw(st.booleans()) else frozenset()
        more = {"capacity": draw(st.integers(size - 1, size)) or 1, "accessible": frozenset(draw(st.sets(st.just(1))))}
        rooms.append(a_room(pk, usable, hour=pk * 2, away=away, **more))  # type: ignore[arg-type]  # passed through
    held = draw(st.lists(st.sampled_from(chairs), unique=True, max_size=4))
    held = [one for pk in (1, 2, 3) for one in [c for c in held if c[0] == pk][: rooms[pk - 1].fact.capacity]]
    people = []
    for key, chair in enumerate([*held, *([None] if draw(st.booleans()) else [])], start=1):
        hours = [
            one for one in draw(st.lists(st.sampled_from([2, 4, 6]), max_size=2)) if not chair or one != chair[0] * 2
        ]
        school = draw(st.sampled_from([None, 1])) if not chair or not rooms[chair[0] - 1].fact.away else None
        people.append(
            somebody(key, chair, busy=tuple(time for one in hours for time in busy(one)), institution_id=school)
        )
    return people, rooms


@settings(deadline=None, max_examples=300)
@given(case=cases())
def test_no_way_seats_more_people_or_moves_fewer(case: tuple[list[Holder], list[Floorplan]]) -> None:
    holders, rooms = case
    plan = plan_repair(holders, rooms)
    usable = {(room.fact.pk, number) for room in rooms for number in room.usable}
    by_key = {one.person.entry_id: one for one in holders}
    without = [by_key[key].chair is None for key in plan.left_over]
    moved = sum(one.before in usable for one in plan.moves)
    assert (without.count(False), without.count(True), moved) == min(ways(holders, rooms))
    after = {key: one.chair for key, one in by_key.items() if one.chair in usable}
    after |= {one.entry_id: one.after for one in plan.moves}
    assert set(after.values()) <= usable
    assert len(set(after.values())) == len(after) == len(holders) - len(plan.left_over)
