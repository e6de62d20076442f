"""The room: stated seat by seat, closed when whole, corrected with a reason."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from exams.enums import Attendance, EntryStatus, SittingStatus
from exams.models import Sitting
from exams.services.attendance import close_sitting, state_attendance
from exams.services.corrections import correct_attendance
from kupasi.audit.models import Entry as Line
from kupasi.errors import Refusal
from tests.builders import a_user, act
from tests.exams.marking import Exam, an_exam, everybody_came, marked

pytestmark = pytest.mark.django_db


@pytest.fixture
def exam(notice: None) -> Exam:
    return an_exam()


def test_a_statement_is_recorded_once(exam: Exam) -> None:
    seat = exam.seats(exam.entries[0])[0]
    by = act(exam.invigilator, "2025-07-12T08:50")
    for _ in range(2):
        state_attendance(seat.pk, attendance=Attendance.PRESENT, by=by)
    seat.refresh_from_db()
    assert seat.attendance == Attendance.PRESENT
    assert Line.objects.filter(action="attendance.stated").count() == 1


@pytest.mark.parametrize(
    ("attendance", "when", "code"),
    [
        (Attendance.PRESENT, "2025-07-12T08:39", "too_early"),
        (Attendance.ABSENT, "2025-07-12T08:59", "too_early"),
        ("unknown", "2025-07-12T09:30", "unknown_state"),
    ],
)
def test_a_statement_that_cannot_be_true_is_refused(exam: Exam, attendance: str, when: str, code: str) -> None:
    seat = exam.seats(exam.entries[0])[0]
    with pytest.raises(Refusal) as refused:
        state_attendance(seat.pk, attendance=attendance, by=act(exam.invigilator, when))
    assert refused.value.code == code


def test_another_rooms_invigilator_is_refused(exam: Exam) -> None:
    seat = exam.seats(exam.entries[0])[0]
    with pytest.raises(Refusal) as refused:
        state_attendance(seat.pk, attendance=Attendance.PRESENT, by=act(a_user("invigilator"), exam.ends_at))
    assert refused.value.code == "not_yours"


def test_closing_names_the_seats_that_are_not_stated(exam: Exam) -> None:
    by = act(exam.invigilator, exam.ends_at)
    state_attendance(exam.seats(exam.entries[0])[0].pk, attendance=Attendance.LATE, by=by)
    with pytest.raises(Refusal) as refused:
        close_sitting(exam.sittings[0].pk, by=by)
    assert (refused.value.code, refused.value.extra["seats"]) == ("seats_unstated", [2])


def test_a_sitting_is_not_closed_while_people_may_come_in(exam: Exam) -> None:
    with pytest.raises(Refusal) as refused:
        close_sitting(exam.sittings[0].pk, by=act(exam.invigilator, "2025-07-12T09:29"))
    assert refused.value.code == "too_early"


def test_an_entry_has_sat_when_all_its_sittings_are_closed(exam: Exam) -> None:
    everybody_came(exam, absent=(1,))
    for entry in exam.entries:
        entry.refresh_from_db()
    exam.sittings[0].refresh_from_db()
    assert exam.sittings[0].status == SittingStatus.CLOSED
    assert {entry.status for entry in exam.entries} == {EntryStatus.SAT}


def test_one_closed_sitting_of_two_is_not_enough(exam: Exam) -> None:
    by = act(exam.invigilator, exam.ends_at)
    for entry in exam.entries:
        state_attendance(exam.seats(entry)[0].pk, attendance=Attendance.PRESENT, by=by)
    close_sitting(exam.sittings[0].pk, by=by)
    exam.entries[0].refresh_from_db()
    assert exam.entries[0].status == EntryStatus.TICKETED


def test_after_closing_a_change_is_a_correction_with_a_reason(exam: Exam) -> None:
    everybody_came(exam)
    seat, by = exam.seats(exam.entries[0])[0], act(exam.invigilator, exam.ends_at)
    with pytest.raises(Refusal) as refused:
        state_attendance(seat.pk, attendance=Attendance.ABSENT, by=by)
    assert refused.value.code == "sitting_closed"
    with pytest.raises(Refusal) as refused:
        correct_attendance(seat.pk, attendance=Attendance.ABSENT, reason=" ", by=by)
    assert refused.value.code == "reason_missing"
    correct_attendance(seat.pk, attendance=Attendance.ABSENT, reason="签到表漏看", by=by)
    line = Line.objects.get(action="attendance.corrected")
    assert (line.before, line.after, line.reason) == (
        {"attendance": "present"},
        {"attendance": "absent"},
        "签到表漏看",
    )


def counts(exam: Exam) -> tuple[int | None, int | None]:
    """What the morning's sitting says of its seats."""
    exam.sittings[0].refresh_from_db()
    return exam.sittings[0].came, exam.sittings[0].missed


def test_a_closed_sitting_states_who_came_and_a_correction_states_it_again(exam: Exam) -> None:
    assert counts(exam) == (None, None)
    everybody_came(exam, absent=(1,))
    assert counts(exam) == (1, 1)
    by = act(exam.invigilator, exam.ends_at)
    correct_attendance(exam.seats(exam.entries[1])[0].pk, attendance="late", reason="签到表漏看", by=by)
    assert counts(exam) == (2, 0)


def test_rooms_closed_before_they_were_counted_are_counted_from_their_seats(exam: Exam) -> None:
    everybody_came(exam, absent=(1,))
    Sitting.objects.update(came=0, missed=0)
    import_module("exams.migrations.0020_count_closed_rooms").fill(apps, None)
    assert counts(exam) == (1, 1)


@pytest.mark.parametrize("change", [{"came": None}, {"status": SittingStatus.PLANNED}])
def test_the_database_keeps_counts_and_closing_together(exam: Exam, change: dict[str, object]) -> None:
    everybody_came(exam)
    with pytest.raises(IntegrityError), transaction.atomic():
        Sitting.objects.update(**change)


def test_absent_is_not_turned_once_marks_are_entered(exam: Exam) -> None:
    everybody_came(exam)
    seat = exam.seats(exam.entries[0])[0]
    marked(exam, seat, "82")
    with pytest.raises(Refusal) as refused:
        correct_attendance(seat.pk, attendance="absent", reason="看错", by=act(exam.invigilator, exam.ends_at))
    assert refused.value.code == "marks_entered"
