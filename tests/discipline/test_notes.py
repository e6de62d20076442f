"""What was written down at a door without network becomes a record, by the one who was there (rules S8)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from discipline.models import Case
from discipline.services import inbox
from exams.models import OfflineNote
from exams.services.door_log import Note, merge
from tests.builders import a_user, act, at, signed_in
from tests.exams.doors import moment, nonce
from tests.exams.marking import Exam, an_exam

from . import making

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


@pytest.fixture
def exam() -> Exam:
    exam = an_exam(people=2)
    notes = [Note(nonce(), "座位上有手机", moment("09:20"), exam.seats(one)[0].pk) for one in exam.entries]
    merge(exam.sittings[0].pk, scans=(), notes=notes, by=act(exam.invigilator, moment("11:30")))
    return exam


def test_the_record_begins_with_the_notes_moment_and_words(exam: Exam) -> None:
    room, seat = signed_in(exam.invigilator), exam.seats(exam.entries[0])[0]
    own, other = OfflineNote.objects.order_by("pk")
    page = room.get(f"/discipline/seats/{seat.pk}/record/?note={own.pk}")
    assert page.context["form"].initial["act_at"] == "2025-07-12T09:20"
    assert page.context["form"]["facts"].value() == "座位上有手机"
    for wrong in (other.pk, "x", "9" * 40, "-1", ""):
        again = room.get(f"/discipline/seats/{seat.pk}/record/?note={wrong}")
        assert "facts" not in again.context["form"].initial
    assert f"?note={own.pk}" in page.content.decode()


def test_a_note_waits_until_its_seat_has_a_record(exam: Exam) -> None:
    seat, later = exam.seats(exam.entries[0])[0], act(when="2025-07-12T12:00").at
    assert inbox.notes_waiting(exam.invigilator, at=later).count() == 2
    people = making.staff()
    case = making.recorded(seat, people)
    Case.objects.filter(pk=case.pk).update(recorded_at=moment("11:40"))
    assert inbox.notes_waiting(exam.invigilator, at=later).count() == 1
    assert not inbox.notes_waiting(a_user("invigilator"), at=later).exists()
    assert not inbox.notes_waiting(exam.invigilator, at=at("2025-09-01T09:00")).exists()
    assert inbox.notes_waiting(exam.invigilator, at=later + timedelta(days=29)).exists()


def test_the_office_reads_them_and_the_room_records(exam: Exam) -> None:
    OfflineNote.objects.update(received_at=act().at + timedelta(days=36500))
    assert "按此记录" in signed_in(exam.invigilator).get("/discipline/cases/").content.decode()
    shown = signed_in(a_user("supervisor")).get("/discipline/cases/").content.decode()
    assert "座位上有手机" in shown
    assert "按此记录" not in shown
