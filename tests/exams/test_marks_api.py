"""Check-ins, marks and results over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from exams.models import MarkEntry, Seat
from kupasi import clock
from kupasi.people.models import User
from kupasi.people.tokens import make_token
from tests.builders import a_candidate, a_user, at, signed_in
from tests.exams.marking import Exam, a_published_exam, all_marked, an_exam, everybody_came, marked

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def after_the_exam(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some days after the exam."""
    moment = at("2025-07-16T10:00")
    monkeypatch.setattr(clock, "now", lambda: moment)


@pytest.fixture
def exam(notice: None) -> Exam:
    exam = an_exam()
    everybody_came(exam, absent=(1,))
    return exam


def call(user: User, name: str, body: Any = None) -> tuple[int, Any]:
    """GET, or POST where there is a body, with a token of this person."""
    signed_in(user)  # staff keys count only with a second factor
    key, _ = make_token(user, at=clock.now())
    client, headers = Client(), {"Authorization": f"Bearer {key}"}
    path = f"/api/v1/{name}/"
    if body is None:
        answer = client.get(path, headers=headers)
    else:
        answer = client.post(path, body, content_type="application/json", headers=headers)
    return answer.status_code, answer.json()


def seat_of(exam: Exam, entry: int = 0) -> Seat:
    return exam.seats(exam.entries[entry])[0]


def test_an_invigilator_sees_and_corrects_own_rooms(exam: Exam) -> None:
    status, listed = call(exam.invigilator, "checkins")
    assert (status, listed["count"]) == (200, 4)
    body = {"seat": seat_of(exam).pk, "attendance": "late"}
    assert call(exam.invigilator, "checkins", body)[1]["code"] == "reason_missing"
    status, stated = call(exam.invigilator, "checkins", {**body, "reason": "晚到五分钟"})
    assert (status, stated["attendance"]) == (200, "late")
    assert call(exam.invigilator, "checkins", body)[0] == 200  # the same again


def test_another_room_is_not_found_and_another_role_is_refused(exam: Exam) -> None:
    body = {"seat": seat_of(exam).pk, "attendance": "late"}
    assert call(a_user("invigilator"), "checkins", body)[0] == 404
    assert call(exam.entries[0].candidate.user, "checkins", body)[0] == 403
    assert call(exam.markers[0], "checkins")[0] == 403


def test_a_marker_enters_by_ticket_number_and_sees_own_entries_only(exam: Exam) -> None:
    assert call(exam.markers[0], "marks", {"seat": seat_of(exam).pk, "value": "82.5"}) == (
        200,
        {"value": "82.5", "version": 1},
    )
    papers = call(exam.markers[1], "marks")[1]["results"]
    first = next(one for one in papers if one["seat"] == seat_of(exam).pk)
    assert (first["task"], first["own"], first["ticket"]) == ("second", None, exam.entries[0].ticket.number)


@pytest.mark.parametrize("value", ["101", "-1", "60.55555", "六十", " 60 ", "1e2", None, 60, 1e2, True, ["60"]])
def test_a_value_that_is_no_mark_is_a_400(exam: Exam, value: Any) -> None:
    assert call(exam.markers[0], "marks", {"seat": seat_of(exam).pk, "value": value})[0] == 400
    assert not MarkEntry.objects.exists()


def test_a_mark_for_an_absent_person_is_a_400(exam: Exam) -> None:
    status, problem = call(exam.markers[0], "marks", {"seat": seat_of(exam, 1).pk, "value": "60"})
    assert (status, problem["code"]) == (400, "absent_with_mark")


def test_the_second_edit_from_one_version_is_a_409_with_both_values(exam: Exam) -> None:
    body = {"seat": seat_of(exam).pk}
    call(exam.markers[0], "marks", {**body, "value": "80"})
    assert call(exam.markers[0], "marks", {**body, "value": "81", "version": 1})[1]["version"] == 2
    status, problem = call(exam.markers[0], "marks", {**body, "value": "82", "version": 1})
    assert (status, problem["code"], problem["current"], problem["yours"]) == (409, "stale", "81.0", "82")


def test_a_paper_of_another_sitting_is_not_found(exam: Exam) -> None:
    assert call(a_user("marker"), "marks", {"seat": seat_of(exam).pk, "value": "80"})[0] == 404
    assert call(a_user("clerk"), "marks")[0] == 403


def test_before_publication_a_result_is_like_none(exam: Exam) -> None:
    all_marked(exam, "82,60", "absent")
    person = exam.entries[0].candidate.user
    early, none = call(person, f"results/{exam.entries[0].pk}"), call(person, "results/999999")
    assert early == none
    assert early[0] == 404
    assert call(person, "results")[1]["count"] == 0


def test_after_publication_only_ones_own_are_seen(notice: None) -> None:
    exam, publisher = a_published_exam("82,59.9", "77")
    entry = exam.entries[0]
    status, result = call(entry.candidate.user, f"results/{entry.pk}")
    assert status == 200
    assert [(one["value"], one["outcome"]) for one in result["subjects"]] == [("82.0", "passed"), ("59.9", "failed")]
    assert call(a_candidate().user, f"results/{entry.pk}")[0] == 404
    assert call(exam.markers[0], f"results/{entry.pk}")[0] == 404
    assert call(publisher, "results")[1]["count"] == 2


def test_a_third_reader_settles_over_http(exam: Exam) -> None:
    marked(exam, seat_of(exam), "80", "81")
    assert call(exam.markers[2], "marks", {"seat": seat_of(exam).pk, "value": "81"})[0] == 200
    assert str(seat_of(exam).mark.value) == "81.0"
