"""The invigilator's pages: own rooms only, masked, one seat at a time."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.urls import reverse

from exams.enums import Attendance, SittingStatus
from exams.models import Seat
from kupasi import clock
from tests.builders import a_user, at, signed_in
from tests.exams.marking import Exam, an_exam, everybody_came

pytestmark = pytest.mark.django_db
COUNT = {"papers": "2", "started": "09:00", "ended": "09:35"}


@pytest.fixture(autouse=True)
def exam_day(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The clock stands half an hour into the theory paper."""
    moment = at("2025-07-12T09:35")
    monkeypatch.setattr(clock, "now", lambda: moment)
    return moment


@pytest.fixture
def exam(notice: None) -> Exam:
    return an_exam()


def test_the_list_shows_own_sittings_only(exam: Exam) -> None:
    own = signed_in(exam.invigilator).get(reverse("rooms")).content.decode()
    other = signed_in(a_user("invigilator")).get(reverse("rooms")).content.decode()
    assert (own.count("已登记 0 人"), "还没有安排给您的场次" in other) == (2, True)


def test_another_room_and_another_role_see_nothing(exam: Exam) -> None:
    address = reverse("room", args=[exam.sittings[0].pk])
    assert signed_in(a_user("invigilator")).get(address).status_code == 404
    assert signed_in(a_user("clerk")).get(address).status_code == 403
    assert signed_in(exam.entries[0].candidate.user).get(address).status_code == 403


def test_names_and_numbers_are_masked(exam: Exam) -> None:
    person = exam.entries[0].candidate
    page = signed_in(exam.invigilator).get(reverse("room", args=[exam.sittings[0].pk])).content.decode()
    assert person.name not in page
    assert f"证件尾号 {person.documents.get().number[-4:]}" in page
    assert person.documents.get().number not in page


def test_a_button_states_a_seat_and_htmx_gets_the_seat_back(exam: Exam) -> None:
    seat, client = exam.seats(exam.entries[0])[0], signed_in(exam.invigilator)
    address = reverse("room-seat", args=[seat.pk])
    plain = client.post(address, {"attendance": "present"})
    assert plain["Location"].endswith(f"#seat-{seat.pk}")
    part = client.post(address, {"attendance": "late"}, headers={"HX-Request": "true"}).content.decode()
    assert all(text in part for text in (f'id="seat-{seat.pk}"', "迟到 <b>1</b>"))
    assert Seat.objects.get(pk=seat.pk).attendance == Attendance.LATE


def test_closing_is_refused_until_every_seat_is_stated(exam: Exam) -> None:
    client, sitting = signed_in(exam.invigilator), exam.sittings[0]
    page = client.post(reverse("room-close", args=[sitting.pk]), COUNT).content.decode()
    assert "还有 2 个座位没有登记：1、2。" in page
    for entry in exam.entries:
        client.post(reverse("room-seat", args=[exam.seats(entry)[0].pk]), {"attendance": "present"})
    client.post(reverse("room-close", args=[sitting.pk]), COUNT)
    sitting.refresh_from_db()
    assert sitting.status == SittingStatus.CLOSED


def test_a_correction_asks_for_its_reason(exam: Exam) -> None:
    everybody_came(exam)
    seat, client = exam.seats(exam.entries[0])[0], signed_in(exam.invigilator)
    page = client.post(reverse("room-seat", args=[seat.pk]), {"attendance": "late"}, follow=True).content.decode()
    assert "请写明理由" in page
    client.post(reverse("room-seat", args=[seat.pk]), {"attendance": "late", "reason": "晚到五分钟"})
    assert Seat.objects.get(pk=seat.pk).attendance == Attendance.LATE


def test_a_photo_is_shown_in_ones_own_room_only(exam: Exam) -> None:
    address = reverse("room-photo", args=[exam.seats(exam.entries[0])[0].pk])
    assert signed_in(a_user("invigilator")).get(address).status_code == 404
    assert signed_in(exam.invigilator).get(address).status_code == 404  # this person has none
