"""Marks: blind twice, a difference to a third, nothing lost, nothing guessed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from exams.enums import MarkStatus
from exams.models import Mark, MarkEntry, Seat
from exams.services.marks import correct_entry, enter_mark, start_over
from kupasi.audit.models import Entry as Line
from kupasi.errors import Refusal
from tests.builders import a_user, act
from tests.exams.marking import Exam, an_exam, everybody_came, marked

pytestmark = pytest.mark.django_db


@pytest.fixture
def exam(notice: None) -> Exam:
    """Two people: the first came, the second did not."""
    exam = an_exam()
    everybody_came(exam, absent=(1,))
    return exam


@pytest.fixture
def seat(exam: Exam) -> Seat:
    return exam.seats(exam.entries[0])[0]


@pytest.fixture
def empty_seat(exam: Exam) -> Seat:
    return exam.seats(exam.entries[1])[0]


def refused(exam: Exam, seat: Seat, value: str, *, marker: int = 0) -> str:
    """The code with which an entry is refused."""
    with pytest.raises(Refusal) as caught:
        enter_mark(seat.pk, value=value, by=act(exam.markers[marker], exam.ends_at))
    return str(caught.value.code)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("101", "mark_range"),
        ("-1", "mark_range"),
        ("60.55555", "mark_decimals"),
        ("60.55", "mark_decimals"),
        ("六十", "mark_format"),
        (" 60 ", "mark_format"),
        ("1e2", "mark_format"),
        ("", "mark_format"),
        ("６０", "mark_format"),
        ("absent", "not_absent"),
    ],
)
def test_a_value_that_is_no_mark_is_refused(exam: Exam, seat: Seat, value: str, code: str) -> None:
    assert refused(exam, seat, value) == code
    assert not MarkEntry.objects.exists()


def test_a_mark_for_an_absent_person_is_refused(exam: Exam, empty_seat: Seat) -> None:
    assert refused(exam, empty_seat, "60") == "absent_with_mark"


def test_two_equal_entries_settle_the_mark(exam: Exam, seat: Seat) -> None:
    marked(exam, seat, "59.9", "59.9")
    mark = Mark.objects.get(seat=seat)
    assert (mark.value, mark.status) == (Decimal("59.9"), MarkStatus.NORMAL)
    assert [mark.first_by, mark.second_by, mark.third_by] == [*exam.markers[:2], None]


def test_a_real_zero_is_a_mark(exam: Exam, seat: Seat) -> None:
    marked(exam, seat, "0", "0")
    assert (seat.mark.value, seat.mark.status) == (Decimal(0), MarkStatus.NORMAL)


def test_an_absence_is_asserted_twice(exam: Exam, empty_seat: Seat) -> None:
    marked(exam, empty_seat, "absent", "absent")
    assert (empty_seat.mark.value, empty_seat.mark.status) == (None, MarkStatus.ABSENT)


def test_the_same_person_does_not_enter_twice(exam: Exam, seat: Seat) -> None:
    marked(exam, seat, "80")
    assert refused(exam, seat, "81") == "same_person"


def test_repeating_ones_own_entry_changes_nothing(exam: Exam, seat: Seat) -> None:
    first = enter_mark(seat.pk, value="80", by=act(exam.markers[0], exam.ends_at))
    assert enter_mark(seat.pk, value="80.0", by=act(exam.markers[0], exam.ends_at)) == first
    assert Line.objects.filter(action="mark.entered").count() == 1


def test_the_database_refuses_the_same_person_twice(exam: Exam, seat: Seat) -> None:
    marked(exam, seat, "80")
    with pytest.raises(IntegrityError), transaction.atomic():
        MarkEntry.objects.create(seat=seat, round=2, value=80, entered_by=exam.markers[0], entered_at=exam.ends_at)


def test_a_difference_waits_for_the_third(exam: Exam, seat: Seat) -> None:
    marked(exam, seat, "80", "81")
    assert not Mark.objects.filter(seat=seat).exists()
    marked(exam, seat, "80", "81", "81")
    assert (seat.mark.value, seat.mark.third_by) == (Decimal("81.0"), exam.markers[2])


def test_nothing_more_is_entered_once_it_is_settled(exam: Exam, seat: Seat) -> None:
    marked(exam, seat, "80", "80")
    assert refused(exam, seat, "80", marker=2) == "already_settled"


def test_three_different_readings_settle_when_one_looks_again(exam: Exam, seat: Seat) -> None:
    marked(exam, seat, "80", "81", "82")
    assert not Mark.objects.filter(seat=seat).exists()
    correct_entry(seat.pk, value="81", version=1, by=act(exam.markers[2], exam.ends_at))
    assert seat.mark.value == Decimal("81.0")


def test_first_entries_stand_while_the_third_is_awaited(exam: Exam, seat: Seat) -> None:
    marked(exam, seat, "80", "81")
    with pytest.raises(Refusal) as caught:
        correct_entry(seat.pk, value="81", version=1, by=act(exam.markers[0], exam.ends_at))
    assert caught.value.code == "entry_stands"


def test_the_second_edit_from_one_version_sees_both_values(exam: Exam, seat: Seat) -> None:
    by = act(exam.markers[0], exam.ends_at)
    marked(exam, seat, "80")
    correct_entry(seat.pk, value="81", version=1, by=by)
    with pytest.raises(Refusal) as caught:
        correct_entry(seat.pk, value="82", version=1, by=by)
    assert (caught.value.code, caught.value.extra) == ("stale", {"current": "81.0", "yours": "82"})
    assert MarkEntry.objects.get(seat=seat).value == Decimal("81.0")


def test_only_assigned_markers_of_a_closed_sitting_enter(exam: Exam, seat: Seat) -> None:
    with pytest.raises(Refusal) as caught:
        enter_mark(seat.pk, value="80", by=act(a_user("marker"), exam.ends_at))
    assert caught.value.code == "not_yours"
    fresh = an_exam(on="2025-08-09")
    assert refused(fresh, fresh.seats(fresh.entries[0])[0], "80") == "not_closed"


def test_marking_anew_keeps_what_was_there_in_the_record(exam: Exam, seat: Seat) -> None:
    marked(exam, seat, "80", "80")
    start_over(seat.pk, reason="答卷装订错位", by=act(a_user("publisher"), exam.ends_at))
    assert not Mark.objects.filter(seat=seat).exists()
    line = Line.objects.get(action="mark.started_over")
    assert [one["value"] for one in line.before["entries"]] == ["80.0", "80.0"]
