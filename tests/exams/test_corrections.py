"""A correction in a closed room that turns absent into present, or back, asks for the papers again."""

from __future__ import annotations

import pytest
from django.urls import reverse

from exams.enums import Attendance, SittingStatus
from exams.models import RoomRecord, Seat, Sitting
from exams.services.attendance import count_attendance, state_attendance, write_statement
from exams.services.closing import Count, close_room, confirm_count
from exams.services.corrections import Recount, correct_attendance
from kupasi.audit.models import Entry as Line
from kupasi.errors import Refusal
from registration.services.invariants import broken
from tests.builders import a_user, act, signed_in
from tests.exams.doors import moment
from tests.exams.marking import Exam, an_exam

pytestmark = pytest.mark.django_db


@pytest.fixture
def exam(notice: None) -> Exam:
    """One came, one did not, one paper: the morning's room is closed."""
    exam = an_exam()
    by = act(exam.invigilator, moment("09:31"))
    for entry, state in zip(exam.entries, (Attendance.PRESENT, Attendance.ABSENT), strict=True):
        state_attendance(exam.seats(entry)[0].pk, attendance=state, by=by)
    count = Count(moment("09:00"), moment("11:00"), 1)
    close_room(exam.sittings[0].pk, count, by=act(exam.invigilator, moment("11:05")))
    return exam


def corrected(exam: Exam, recount: Recount, *, attendance: str = "late", place: int = 1) -> RoomRecord:
    """The one who was absent came after all; the room's record afterwards."""
    by, seat = act(exam.invigilator, moment("11:30")), exam.seats(exam.entries[place])[0]
    correct_attendance(seat.pk, attendance=attendance, reason="签到表漏看", recount=recount, by=by)
    return record_of(exam)


def record_of(exam: Exam) -> RoomRecord:
    return RoomRecord.objects.get(sitting=exam.sittings[0])


def codes(exam: Exam) -> list[str]:
    """What does not hold of the rooms of this session."""
    return [one.code for one in broken(exam.session.pk) if "room" in one.code]


def test_a_count_that_agrees_goes_on_the_record(exam: Exam) -> None:
    row = corrected(exam, Recount(2))
    assert (row.present, row.papers, row.waits, codes(exam)) == (2, 2, False, [])
    line = Line.objects.get(action="room.recounted")
    assert (line.before["papers"], line.after["papers"], line.after["present"]) == (1, 2, 2)


@pytest.mark.parametrize(
    ("recount", "code"),
    [
        (Recount(), "count_missing"),
        (Recount(-1), "count_missing"),
        (Recount(1), "count_differs"),
        (Recount(1, " "), "count_differs"),
    ],
)
def test_without_an_agreeing_count_nothing_is_corrected(exam: Exam, recount: Recount, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        corrected(exam, recount)
    assert (refused.value.code, bool(refused.value.clause)) == (code, True)
    assert exam.seats(exam.entries[1])[0].attendance == Attendance.ABSENT
    assert (record_of(exam).present, Sitting.objects.get(pk=exam.sittings[0].pk).came) == (1, 1)


def test_a_difference_with_its_reason_waits_for_a_second_person_and_holds_the_results(exam: Exam) -> None:
    row = corrected(exam, Recount(1, "该考生未交卷，已另记"))
    assert (row.waits, codes(exam)) == (True, ["room_count_confirmed"])
    with pytest.raises(Refusal) as refused:
        confirm_count(exam.sittings[0].pk, by=act(exam.invigilator, moment("11:35")))
    assert refused.value.code == "same_person"
    second = a_user("invigilator")
    exam.sittings[0].invigilators.add(second)
    assert not confirm_count(exam.sittings[0].pk, by=act(second, moment("11:40"))).waits
    assert codes(exam) == []


def test_late_instead_of_present_leaves_the_count(exam: Exam) -> None:
    row = corrected(exam, Recount(), place=0)
    assert (row.present, row.papers) == (1, 1)
    assert not Line.objects.filter(action="room.recounted").exists()


def test_without_the_question_a_room_would_claim_papers_it_has_not(exam: Exam) -> None:
    """The twin: the statement written without a count."""
    seat, by = exam.seats(exam.entries[1])[0], act(exam.invigilator, moment("11:30"))
    write_statement(seat, Attendance.PRESENT, by=by, action="attendance.corrected", reason="签到表漏看")
    sitting = Sitting.objects.get(pk=exam.sittings[0].pk)
    count_attendance(sitting)
    assert (sitting.came, record_of(exam).papers, record_of(exam).agrees) == (2, 1, True)


def test_the_room_s_page_asks_for_the_count_and_keeps_what_was_typed(
    exam: Exam, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kupasi.clock.now", lambda: moment("11:30"))
    seat, client = exam.seats(exam.entries[1])[0], signed_in(exam.invigilator)
    address, typed = reverse("room-seat", args=[seat.pk]), {"attendance": "present", "reason": "签到表漏看"}
    page = client.post(address, typed, headers={"HX-Request": "true"}).content.decode()
    assert all(text in page for text in ('name="papers"', "更正后实到 2 人", "签到表漏看"))
    done = client.post(address, typed | {"papers": "2"}, headers={"HX-Request": "true"})
    assert (done["HX-Refresh"], Seat.objects.get(pk=seat.pk).attendance) == ("true", Attendance.PRESENT)
    assert Sitting.objects.get(pk=seat.sitting_id).status == SittingStatus.CLOSED
