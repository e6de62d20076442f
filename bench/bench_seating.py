"""Seating 100,000 people with no neighbours of one institution, planned and written, against shuffle + bulk_update; and
the moves of a repair against every possible way.

The reference shuffles the same seats and writes them with `bulk_update` in batches of 1,000; it is measured on fewer
seats, per seat, which favours it. Both write into the same tables in a transaction that is then rolled back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product
from random import Random

from django.core.management import call_command
from django.db import transaction

from bench.harness import Row, compare, seconds
from exams.models import Entry, ExamSession, Occupation, Place, Room, Seat, Site, Sitting
from exams.rules.rooms import drawn
from exams.rules.seat_repair import Chair, Floorplan, Holder, plan_repair
from exams.rules.seating import fits, plan_seats
from exams.rules.seating_facts import PersonFact, SittingFact
from exams.rules.seating_report import report_on
from exams.services import seats
from exams.services.seat_writing import write_seats
from exams.services.seating_facts import people_of, sittings_of
from kupasi.people.enums import Sex
from kupasi.people.models import Candidate, Institution

PEOPLE, ROOM, SITES, ROOMS, SCHOOLS, SHUFFLED, CASES = 100_000, 40, 10, 5, 150, 5_000, 200
AT = datetime(2026, 1, 1, tzinfo=UTC)
SEED = "5e" * 32


def a_crowd() -> ExamSession:
    """Sittings of forty in rooms with a plan; half of the people are from 150 schools, one in a hundred is in need."""
    call_command("migrate", verbosity=0)
    occupation = Occupation.objects.create(code="bench", number_code="99", name="测试")
    subject = occupation.subjects.create(code="theory", name="理论", order=1)
    session = ExamSession.objects.create(occupation=occupation, exam_month=date(2026, 1, 1))
    sites = Site.objects.bulk_create(Site(name=f"{n}", address="测试") for n in range(SITES))
    rooms = Room.objects.bulk_create(Room(site=one, name=f"{n}", capacity=ROOM) for one in sites for n in range(ROOMS))
    spots = drawn(rows=8, columns=5)
    Place.objects.bulk_create(
        Place(room=room, number=one.number, row=one.row, column=one.column, is_accessible=one.number in (1, 5))
        for room in rooms
        for one in spots
    )
    starts = [AT + timedelta(days=1 + n // 4, hours=2 * (n % 4)) for n in range(PEOPLE // ROOM // len(rooms))]
    Sitting.objects.bulk_create(
        Sitting(
            exam_session=session, subject=subject, room=room, starts_at=one, ends_at=one + timedelta(hours=1),
            on=one.date(), capacity=ROOM,
        )
        for one in starts
        for room in rooms
    )  # fmt: skip
    schools = Institution.objects.bulk_create(
        Institution(name=f"学校{n}", credit_code=f"{n:018d}") for n in range(SCHOOLS)
    )
    _people(session, subject.pk, schools)
    return session


def _people(session: ExamSession, subject_id: int, schools: list[Institution]) -> None:
    random = Random(1)
    people = Candidate.objects.bulk_create(
        (Candidate(name="试", sex=Sex.MALE, birth_date=date(1990, 1, 1), created_at=AT) for _ in range(PEOPLE)),
        batch_size=5000,
    )
    entries = Entry.objects.bulk_create(
        (
            Entry(
                exam_session=session, candidate=one, created_at=AT, papers_in_at=AT,
                needs="轮椅" if random.random() < 0.01 else "",
                institution=random.choice(schools) if random.random() < 0.5 else None,
            )
            for one in people
        ),
        batch_size=5000,
    )  # fmt: skip
    Seat.objects.bulk_create((Seat(entry=one, subject_id=subject_id) for one in entries), batch_size=5000)


def seated(people: list[PersonFact], sittings: list[SittingFact]) -> float:
    """Seconds to plan and to write; what was written is taken back."""

    def work() -> None:
        plan = plan_seats(people, sittings, seed=SEED)
        assert seats.take_many(Counter(one.sitting_id for one in plan.given))
        assert write_seats(plan.given) == PEOPLE

    with transaction.atomic():
        spent = seconds(work)
        transaction.set_rollback(True)
    return spent


def shuffled(places: list[tuple[int, int]], rows: list[Seat]) -> float:
    """Seconds that shuffle + bulk_update would take for all, from a part."""

    def work() -> None:
        Random(1).shuffle(places)
        for row, (sitting_id, number) in zip(rows, places, strict=False):
            row.sitting_id, row.number = sitting_id, number
        Seat.objects.bulk_update(rows, ["sitting", "number"], batch_size=1000)

    with transaction.atomic():
        spent = seconds(work)
        transaction.set_rollback(True)
    return spent * PEOPLE / SHUFFLED


def rows() -> Iterator[Row]:
    session = a_crowd()
    people, sittings = people_of(session, blocked={}), sittings_of(session, at=AT)
    plan = plan_seats(people, sittings, seed=SEED)
    report = report_on(plan, people, sittings, seed=SEED)
    assert len(plan.given) == PEOPLE
    places = [(one.pk, number) for one in sittings for number, _ in one.cells]
    some = list(Seat.objects.order_by("pk")[:SHUFFLED])
    yield compare(
        "seating 100,000, no neighbours of one institution, plan + write",
        ours=lambda: seated(people, sittings),
        against="shuffle + bulk_update",
        reference=lambda: shuffled(places, some),
        goal=0.05,
        unit="s",
    )
    before, after = report.adjacent_before, report.adjacent_after
    name, against = "pairs of neighbours of one institution among 100,000", "the bare order of the draw"
    yield Row(name, after, "pairs", against, before, after / before, 0.0)
    yield moves()


def moves() -> Row:
    """People moved over random small repairs, and by the best of every possible way; as many must be seated."""
    random, ours, best = Random(1), 0, 0
    for _ in range(CASES):
        holders, rooms = a_case(random)
        plan = plan_repair(holders, rooms)
        usable = {(room.fact.pk, number) for room in rooms for number in room.usable}
        without, fewest = every_way(holders, rooms, usable)
        assert len(plan.left_over) == without
        ours += sum(one.before in usable for one in plan.moves)
        best += fewest
    ratio = ours / best
    name = f"people moved in {CASES} repairs besides those who lost the seat"
    return Row(name, ours, "people", "every possible way", best, ratio, 1.0)


def a_case(random: Random) -> tuple[list[Holder], list[Floorplan]]:
    """Three sittings of two or three seats, some of them broken, up to five people who are busy now and then."""
    rooms: list[Floorplan] = []
    people: list[Holder] = []
    for pk in (1, 2, 3):
        starts = AT + timedelta(hours=2 * pk)
        fact = SittingFact(pk, 1, 1, starts.date(), starts, starts + timedelta(hours=1), 3)
        numbers = range(1, random.randint(2, 3) + 1)
        rooms.append(Floorplan(fact, tuple(one for one in numbers if random.random() < 0.7)))
        for number in numbers:
            if random.random() < 0.7 and len(people) < 5:
                others = [one for one in (1, 2, 3) if one != pk and random.random() < 0.5]
                busy = tuple((AT + timedelta(hours=2 * one), AT + timedelta(hours=2 * one + 1)) for one in others)
                people.append(Holder(PersonFact(len(people) + 1, (1,), busy=busy), (pk, number)))
    return people, rooms


def every_way(holders: list[Holder], rooms: list[Floorplan], usable: set[Chair]) -> tuple[int, int]:
    """(people without a seat, people moved though theirs is whole) of the best of all ways."""
    facts = {one.fact.pk: one.fact for one in rooms}
    options: list[list[Chair | None]] = []
    for one in holders:
        fitting: list[Chair | None] = [c for c in sorted(usable) if c == one.chair or fits(one.person, facts[c[0]])]
        options.append(fitting if one.chair in usable else [None, *fitting])
    best = (len(holders) + 1, 0)
    for way in product(*options):
        used = [one for one in way if one is not None]
        if len(set(used)) == len(used):
            changed = sum(h.chair in usable and c != h.chair for h, c in zip(holders, way, strict=True))
            best = min(best, (len(way) - len(used), changed))
    return best
