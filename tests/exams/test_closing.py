"""A room closes when its papers agree with those present; the sheet; letting in by two."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from exams.enums import Attendance, DoorResult, SittingStatus
from exams.models import CheckIn, RoomRecord
from exams.services.attendance import close_sitting, state_attendance
from exams.services.closing import Count, close_room, confirm_count
from exams.services.sheet import enter_sheet, read_sheet, sheet_number
from kupasi.approvals import services as approvals
from kupasi.approvals.models import Proposal
from kupasi.errors import Refusal
from tests.builders import a_user, act
from tests.exams.doors import code, moment, scan
from tests.exams.marking import Exam, an_exam

pytestmark = pytest.mark.django_db


@pytest.fixture
def exam(notice: None) -> Exam:
    return an_exam()


def stated(exam: Exam) -> None:
    """One present, one absent, in the morning."""
    by = act(exam.invigilator, moment("09:31"))
    for entry, state in zip(exam.entries, (Attendance.PRESENT, Attendance.ABSENT), strict=True):
        state_attendance(exam.seats(entry)[0].pk, attendance=state, by=by)


def counted(exam: Exam, papers: int, *, reason: str = "", clock: str = "11:05", ended: str = "11:00") -> RoomRecord:
    """The invigilator's count."""
    count = Count(moment("09:00"), moment(ended), papers, reason)
    return close_room(exam.sittings[0].pk, count, by=act(exam.invigilator, moment(clock)))


def status(exam: Exam) -> str:
    exam.sittings[0].refresh_from_db()
    return exam.sittings[0].status


def test_a_count_that_agrees_closes_the_room(exam: Exam) -> None:
    stated(exam)
    first, again = counted(exam, 1), counted(exam, 1)
    assert (status(exam), first == again, first.present, first.waits) == (SittingStatus.CLOSED, True, 1, False)


@pytest.mark.parametrize(
    ("papers", "ended", "code"),
    [(2, "11:00", "count_differs"), (1, "08:00", "bad_time"), (1, "12:00", "bad_time"), (-1, "11:00", "count_differs")],
)
def test_a_count_that_cannot_be_is_refused(exam: Exam, papers: int, ended: str, code: str) -> None:
    stated(exam)
    with pytest.raises(Refusal) as refused:
        counted(exam, papers, ended=ended)
    assert (refused.value.code, status(exam)) == (code, SittingStatus.PLANNED)


def test_no_count_closes_a_room_with_an_open_seat(exam: Exam) -> None:
    with pytest.raises(Refusal) as refused:
        counted(exam, 0)
    assert refused.value.code == "seats_unstated"


def test_a_count_that_differs_waits_for_a_second_person_of_the_room(exam: Exam) -> None:
    stated(exam)
    assert counted(exam, 0, reason="一人未交卷，已另记").waits
    assert status(exam) == SittingStatus.PLANNED
    with pytest.raises(Refusal) as refused:
        confirm_count(exam.sittings[0].pk, by=act(exam.invigilator, moment("11:10")))
    assert refused.value.code == "same_person"
    second = a_user("invigilator")
    with pytest.raises(Refusal) as refused:
        confirm_count(exam.sittings[0].pk, by=act(second, moment("11:10")))
    assert refused.value.code == "not_yours"
    exam.sittings[0].invigilators.add(second)
    assert not confirm_count(exam.sittings[0].pk, by=act(second, moment("11:10"))).waits
    assert status(exam) == SittingStatus.CLOSED


def test_a_second_look_at_a_room_that_changed_is_stale(exam: Exam) -> None:
    stated(exam)
    counted(exam, 2, reason="多一份空白卷")
    seat, second = exam.seats(exam.entries[1])[0], a_user("invigilator")
    state_attendance(seat.pk, attendance=Attendance.LATE, by=act(exam.invigilator, moment("11:06")))
    exam.sittings[0].invigilators.add(second)
    with pytest.raises(Refusal) as refused:
        confirm_count(exam.sittings[0].pk, by=act(second, moment("11:10")))
    assert refused.value.code == "stale"


def test_without_the_count_a_room_would_close_with_a_paper_missing(exam: Exam) -> None:
    """The twin: the closing alone asks about seats, not about papers."""
    stated(exam)
    close_sitting(exam.sittings[0].pk, by=act(exam.invigilator, moment("11:05")))
    assert (status(exam), RoomRecord.objects.count()) == (SittingStatus.CLOSED, 0)


@pytest.mark.parametrize("change", [{"reason": ""}, {"second_by": "by"}, {"ended_at": "started_at"}])
def test_the_database_keeps_the_rules_of_a_room_record(exam: Exam, change: dict[str, str]) -> None:
    stated(exam)
    row = counted(exam, 0, reason="少一份")
    values = {key: getattr(row, value) if value else "" for key, value in change.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        RoomRecord.objects.filter(pk=row.pk).update(**values)


def test_a_sheet_typed_in_states_seats_and_counts_as_a_check_in_from_paper(exam: Exam) -> None:
    keys = [exam.seats(entry)[0].pk for entry in exam.entries]
    states = dict(zip(keys, (Attendance.LATE, Attendance.ABSENT), strict=True))
    by = act(exam.invigilator, moment("09:40"))
    first = enter_sheet(exam.sittings[0].pk, states, nonce="sheet-12345678", by=by)
    again = enter_sheet(exam.sittings[0].pk, states, nonce="sheet-12345678", by=by)
    row = CheckIn.objects.get()
    assert (first.saved, again.saved) == (2, 0)
    assert (row.source, row.result, row.seat_id) == ("paper", DoorResult.LATE, keys[0])


def test_a_seat_that_cannot_be_stated_hinders_no_other(exam: Exam) -> None:
    keys = [exam.seats(entry)[0].pk for entry in exam.entries]
    states = dict(zip(keys, (Attendance.PRESENT, Attendance.ABSENT), strict=True))
    by = act(exam.invigilator, moment("08:50"))
    typed = enter_sheet(exam.sittings[0].pk, states, nonce="sheet-12345678", by=by)
    assert (typed.saved, {key: one.code for key, one in typed.refused.items()}) == (1, {keys[1]: "too_early"})


@pytest.mark.parametrize("text", ["K{}", " k{} ", "https://kupasi.example/exams/rooms/{}/sheet/"])
def test_a_sheet_is_found_by_what_it_prints(exam: Exam, text: str) -> None:
    assert read_sheet(text.format(exam.sittings[0].pk)) == exam.sittings[0].pk
    assert (read_sheet(sheet_number(exam.sittings[0])), read_sheet("250701000017")) == (exam.sittings[0].pk, None)


def test_an_invigilator_asks_and_the_supervisor_lets_in(exam: Exam) -> None:
    row = scan(exam.sittings[0], code(exam.entries[0]), exam.invigilator, "09:31")
    by = act(exam.invigilator, moment("09:32"))
    asked = approvals.ask(by, kind="checkin_override", about=row, payload={}, reason="电梯故障，已核实")
    assert CheckIn.objects.count() == 1
    supervisor = a_user("supervisor")
    approvals.approve(asked.pk, seen=asked.digest, by=act(supervisor, moment("09:35")))
    made = CheckIn.objects.get(result=DoorResult.LET_IN)
    seat = exam.seats(exam.entries[0])[0]
    assert (made.by, made.approved_by, seat.attendance) == (exam.invigilator, supervisor, Attendance.LATE)


@pytest.mark.parametrize("role", ["invigilator", "clerk", "admin"])
def test_nobody_but_the_supervisor_lets_in(exam: Exam, role: str) -> None:
    row = scan(exam.sittings[0], code(exam.entries[0]), exam.invigilator, "09:31")
    by = act(exam.invigilator, moment("09:32"))
    asked = approvals.ask(by, kind="checkin_override", about=row, payload={}, reason="已核实")
    with pytest.raises(Refusal):
        approvals.approve(asked.pk, seen=asked.digest, by=act(a_user(role), moment("09:35")))
    assert not CheckIn.objects.filter(result=DoorResult.LET_IN).exists()


def test_the_database_lets_in_nobody_on_one_persons_word(exam: Exam) -> None:
    row = scan(exam.sittings[0], code(exam.entries[0]), exam.invigilator, "09:31")
    row.pk, row.nonce, row.result = None, "let-in-alone", DoorResult.LET_IN
    for approver in (None, exam.invigilator):
        row.approved_by = approver
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)


def test_what_cannot_be_overridden_cannot_even_be_asked(exam: Exam) -> None:
    row = scan(exam.sittings[0], "AAAA", exam.invigilator)
    by = act(exam.invigilator, moment("08:52"))
    with pytest.raises(Refusal) as refused:
        approvals.ask(by, kind="checkin_override", about=row, payload={}, reason="请放行")
    assert refused.value.code == "not_allowed"


def test_who_asks_at_one_door_does_not_see_what_another_door_asks(exam: Exam) -> None:
    row = scan(exam.sittings[0], code(exam.entries[0]), exam.invigilator, "09:31")
    by = act(exam.invigilator, moment("09:32"))
    asked = approvals.ask(by, kind="checkin_override", about=row, payload={}, reason="已核实")
    seen = [
        asked in Proposal.objects.visible_to(one) for one in (by.person, a_user("invigilator"), a_user("supervisor"))
    ]
    assert seen == [True, False, True]
