"""Sittings and seats: nobody twice at once, nobody too many, the same plan as was looked at."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from django.db import connection, transaction

from exams.enums import EntryStatus
from exams.models import Entry, Seat, Sitting
from exams.services import seats
from exams.services.arranging import move_seat, preview_seating, seat_session, unseat
from exams.services.sittings import change_sitting
from exams.services.tickets import issue
from kupasi.errors import Refusal
from tests.builders import a_candidate, act, at

from .seating import Session, a_room, a_session, a_sitting, enrolled, seat_all, seats_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
BY = act(when="2025-06-20T09:00")


@pytest.fixture
def session(notice: None) -> Session:
    return a_session()


def test_a_sitting_outside_the_exam_month_is_refused(session: Session) -> None:
    with pytest.raises(Refusal) as refused:
        a_sitting(session, subject=session.subjects[0], starts="2025-08-01T09:00")
    assert refused.value.code == "wrong_month"


def test_a_room_is_refused_where_times_overlap_not_only_where_they_begin_together(session: Session) -> None:
    with pytest.raises(Refusal) as refused:
        a_sitting(session, subject=session.subjects[0], starts="2025-07-12T10:30")
    assert refused.value.code == "room_busy"
    assert a_sitting(session, subject=session.subjects[0], starts="2025-07-12T11:00").pk


def test_a_sitting_larger_than_its_room_is_refused(session: Session) -> None:
    with pytest.raises(Refusal) as refused:
        a_sitting(session, subject=session.subjects[0], starts="2025-07-13T09:00", capacity=41)
    assert refused.value.code == "room_too_small"


def test_everybody_gets_a_seat_per_subject_lowest_numbers_first(session: Session) -> None:
    people = [enrolled(session) for _ in range(3)]
    seat_all(session)
    assert sorted(Seat.objects.filter(subject=session.subjects[0]).values_list("number", flat=True)) == [1, 2, 3]
    assert set(Entry.objects.values_list("status", flat=True)) == {EntryStatus.SEATED}
    assert Sitting.objects.get(pk=session.sittings[1].pk).taken == len(people)


def test_special_needs_come_first(session: Session) -> None:
    for _ in range(4):
        enrolled(session)
    entry = enrolled(session, needs="轮椅")
    seat_all(session)
    assert seats_of(entry)[0].number == 1


def test_those_left_over_are_named_with_the_reason(session: Session) -> None:
    for one in session.sittings:
        Sitting.objects.filter(pk=one.pk).update(capacity=1)
    waiting = enrolled(session, papers=False)
    for _ in range(2):
        enrolled(session)
    preview = seat_session(session.row.pk, by=BY)
    reasons = dict(preview.plan.left_over)
    assert reasons.pop(waiting.pk) == "no_original"
    assert list(reasons.values()) == ["no_place"]


def test_two_occupations_of_one_person_never_clash(session: Session) -> None:
    person = a_candidate()
    enrolled(session, person=person)
    seat_all(session)
    other = a_session(occupation="model-application", room="第二考场")
    entry = enrolled(other, person=person)
    assert dict(seat_session(other.row.pk, by=BY).plan.left_over) == {entry.pk: "clash"}
    for subject, starts in zip(other.subjects, ("2025-07-13T09:00", "2025-07-13T14:00"), strict=True):
        a_sitting(other, subject=subject, starts=starts)
    assert seat_session(other.row.pk, by=BY).plan.left_over == ()
    assert {one.sitting.on for one in seats_of(entry) if one.sitting} == {date(2025, 7, 13)}


def test_a_day_inside_a_bar_is_not_used(session: Session) -> None:
    entry = enrolled(session)
    blocked = {entry.candidate_id: [(date(2025, 1, 1), date(2025, 7, 12))]}
    assert dict(seat_session(session.row.pk, by=BY, blocked=blocked).plan.left_over) == {entry.pk: "barred"}
    blocked = {entry.candidate_id: [(date(2025, 1, 1), date(2025, 7, 11))]}
    assert seat_session(session.row.pk, by=BY, blocked=blocked).plan.left_over == ()


def test_what_was_previewed_is_done_or_nothing_is(session: Session) -> None:
    enrolled(session)
    preview = preview_seating(session.row.pk, at=BY.at)
    enrolled(session)
    with pytest.raises(Refusal) as refused:
        seat_session(session.row.pk, by=BY, digest=preview.digest)
    assert refused.value.code == "stale"
    again = preview_seating(session.row.pk, at=BY.at)
    assert seat_session(session.row.pk, by=BY, digest=again.digest).plan == again.plan


def test_seating_again_moves_nobody(session: Session) -> None:
    enrolled(session)
    seat_all(session)
    before = list(Seat.objects.order_by("pk").values_list("sitting", "number"))
    seat_all(session)
    assert list(Seat.objects.order_by("pk").values_list("sitting", "number")) == before


def test_a_seat_taken_back_is_given_again_and_the_ticket_keeps_its_number(session: Session) -> None:
    entry = enrolled(session)
    seat_all(session)
    first = issue(entry.pk, by=act(when="2025-07-09T08:00"))
    unseat(entry.pk, by=BY, reason="调整")
    assert Sitting.objects.get(pk=session.sittings[0].pk).taken == 0
    seat_all(session)
    second = issue(entry.pk, by=act(when="2025-07-09T09:00"))
    assert first is not None
    assert second is not None
    assert (second.version, second.ticket.number) == (2, first.ticket.number)


def test_moving_a_seat_keeps_the_counts_right(session: Session) -> None:
    entry = enrolled(session)
    seat_all(session)
    target = a_sitting(session, subject=session.subjects[0], starts="2025-07-12T09:00", room=a_room("第二考场"))
    seat = move_seat(seats_of(entry)[0].pk, sitting_id=target.pk, by=BY, reason="换考场")
    assert (seat.sitting, seat.number) == (target, 1)
    counts = dict(Sitting.objects.filter(subject=session.subjects[0]).values_list("pk", "taken"))
    assert counts == {session.sittings[0].pk: 0, target.pk: 1}


def test_a_move_into_a_clash_is_refused(session: Session) -> None:
    entry = enrolled(session)
    seat_all(session)
    target = a_sitting(session, subject=session.subjects[0], starts="2025-07-12T14:30", room=a_room("第二考场"))
    with pytest.raises(Refusal) as refused:
        move_seat(seats_of(entry)[0].pk, sitting_id=target.pk, by=BY, reason="换考场")
    assert refused.value.code == "clash"


def test_a_change_of_time_that_makes_somebody_clash_is_refused(session: Session) -> None:
    enrolled(session)
    seat_all(session)
    with pytest.raises(Refusal) as refused:
        change_sitting(
            session.sittings[0].pk,
            by=BY,
            reason="换时间",
            room=a_room("第二考场"),
            starts_at=at("2025-07-12T15:00"),
            ends_at=at("2025-07-12T17:00"),
        )
    assert refused.value.code == "clash"


def test_a_sitting_that_began_cannot_be_changed(session: Session) -> None:
    late = act(when=session.sittings[0].starts_at + timedelta(minutes=1))
    with pytest.raises(Refusal) as refused:
        change_sitting(session.sittings[0].pk, by=late, reason="换考场", room=a_room("第二考场"))
    assert refused.value.code == "started"


def _taken_by_many(sitting_id: int, take: object) -> int:
    """Twelve threads ask for a place at the same moment; how many were told yes."""
    start, won = threading.Barrier(12), []

    def ask() -> None:
        start.wait()
        try:
            with transaction.atomic():
                if take(sitting_id):  # type: ignore[operator]  # a callable of the test
                    won.append(1)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(won)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_never_oversell_a_sitting(session: Session) -> None:
    sitting = session.sittings[0]
    Sitting.objects.filter(pk=sitting.pk).update(capacity=5)
    assert _taken_by_many(sitting.pk, seats.take) == 5
    assert Sitting.objects.get(pk=sitting.pk).taken == 5


def test_places_in_many_sittings_are_taken_where_all_of_them_have_enough(session: Session) -> None:
    first, second = (one.pk for one in session.sittings)
    Sitting.objects.filter(pk=first).update(capacity=5)
    assert seats.take_many({first: 5, second: 2})
    assert dict(Sitting.objects.values_list("pk", "taken")) == {first: 5, second: 2}
    assert not seats.take_many({first: 1, second: 1})
    assert seats.take_many({})


@pytest.mark.django_db(transaction=True)
def test_two_staff_at_once_seat_everybody_once(session: Session) -> None:
    people = [enrolled(session) for _ in range(6)]
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        try:
            seat_session(session.row.pk, by=BY)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = Seat.objects.filter(subject=session.subjects[0]).values_list("number", flat=True)
    assert sorted(numbers) == list(range(1, len(people) + 1))
    assert Sitting.objects.get(pk=session.sittings[0].pk).taken == len(people)
