"""Rosters over HTTP: a file in, how far it is, the marked one back, taking, people; another's is not found."""

from __future__ import annotations

import io
import json
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kupasi import clock
from kupasi.people.models import User
from kupasi.people.tokens import make_token
from registration.models import Roster, RosterUpload
from tests import builders

from . import made

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
URL = "/api/v1/rosters/"


@pytest.fixture(autouse=True)
def may_20th(monkeypatch: pytest.MonkeyPatch) -> None:
    """20 May 2025, 9:00."""
    monkeypatch.setattr(clock, "now", lambda: builders.at(made.ON))


@pytest.fixture
def scribe() -> User:
    """A clerk of an institution."""
    return made.a_member(made.an_institution())


def bearer(user: User, key: str = "") -> dict[str, str]:
    token, _ = make_token(user, at=builders.at("2025-05-20T08:59"))
    return {"authorization": f"Bearer {token}"} | ({"idempotency-key": key} if key else {})


def send(user: User, rows: list[dict[str, str]], *, key: str = "", **more: Any) -> Any:
    file = SimpleUploadedFile("一班.csv", made.sheet(rows), "text/csv")
    return Client().post(URL, {"file": file, **more}, headers=bearer(user, key))


def post(user: User, path: str, data: object = None) -> tuple[int, dict[str, Any]]:
    body = json.dumps(data or {})
    answer = Client().post(URL + path, body, content_type="application/json", headers=bearer(user))
    return answer.status_code, answer.json()


def get(user: User, path: str) -> Any:
    return Client().get(URL + path, headers=bearer(user))


def worked(answer: Any) -> str:
    """The file of an answer, read and judged; the list's address."""
    made.work(RosterUpload.objects.latest("pk"))
    return f"{answer.json()['id']}/"


def test_a_file_is_accepted_at_once_and_its_place_is_told(scribe: User) -> None:
    answer = send(scribe, made.lines(2), label="一班")
    told = answer.json()
    assert (answer.status_code, told["state"], told["exam_month"]) == (202, "queued", "2025-07")
    assert answer.headers["Location"].endswith(f"{URL}{told['id']}/")


def test_what_is_wrong_is_told_by_row_and_column(scribe: User) -> None:
    told = get(scribe, worked(send(scribe, [made.line(1), made.line(2, 手机="12")]))).json()
    assert (told["state"], told["rows"], told["valid"], told["invalid"]) == ("judged", 2, 1, 1)
    (error,) = told["errors"]
    assert (error["row"], error["column"], error["code"]) == (3, "手机", "phone_format")
    assert (told["progress"], told["errors_left"]) == ({"read": 2, "judged": 2, "stored": 2}, 0)


def test_the_marked_workbook_comes_back(scribe: User) -> None:
    place = worked(send(scribe, [made.line(1), made.line(2, 手机="12")]))
    answer = get(scribe, place + "workbook/")
    book = openpyxl.load_workbook(io.BytesIO(answer.getvalue()))
    assert (answer.status_code, book["名单"].cell(3, 1).value) == (200, builders.hanzi(2))


def test_taking_all_is_refused_while_a_row_is_bad_and_the_good_ones_are_another_act(scribe: User) -> None:
    place = worked(send(scribe, [made.line(1), made.line(2, 手机="12")]))
    status, told = post(scribe, place + "take/", {"rows": "all"})
    assert (status, told["code"]) == (409, "rows_invalid")
    status, told = post(scribe, place + "take/", {"rows": "valid"})
    assert (status, told["state"], told["people"]) == (200, "taken", 1)


def test_the_same_key_sends_a_file_once(scribe: User) -> None:
    first, second = (send(scribe, made.lines(1), key="k-1") for _ in range(2))
    assert (first.json(), first.status_code) == (second.json(), second.status_code)
    assert (Roster.objects.count(), RosterUpload.objects.count()) == (1, 1)
    assert send(scribe, made.lines(2), key="k-1").status_code == 409


def test_a_file_for_a_list_that_is_there(scribe: User) -> None:
    place = worked(send(scribe, made.lines(1)))
    answer = send(scribe, made.lines(2), roster=place.strip("/"))
    assert (answer.status_code, answer.json()["id"]) == (202, int(place.strip("/")))
    assert send(scribe, made.lines(2), roster=place.strip("/")).json()["code"] == "upload_running"


def test_cancelling_puts_the_file_aside(scribe: User) -> None:
    place = worked(send(scribe, made.lines(1)))
    assert [post(scribe, place + "cancel/")[1]["state"] for _ in range(2)] == ["discarded", "discarded"]


def test_anothers_list_is_not_found_and_a_candidate_may_not_send(scribe: User) -> None:
    place = worked(send(scribe, made.lines(1)))
    stranger = made.a_member(made.an_institution())
    paths = ("", "people/", "workbook/")
    assert [get(stranger, place + path).status_code for path in paths] == [404] * 3
    assert post(stranger, place + "take/", {"rows": "all"})[0] == 404
    assert get(stranger, "").json()["results"] == []
    person = builders.a_candidate().user
    assert person is not None
    assert send(person, made.lines(1)).status_code == 403


@pytest.mark.parametrize(
    ("more", "code"),
    [({"window": "2025-01-01"}, "no_open_window"), ({"roster": "x"}, "invalid"), ({"file": ""}, "invalid")],
)
def test_what_is_asked_wrongly_is_a_problem(scribe: User, more: dict[str, str], code: str) -> None:
    answer = send(scribe, made.lines(1), **more)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_people_come_a_page_at_a_time_as_the_description_says(scribe: User) -> None:
    place = worked(send(scribe, made.lines(3)))
    assert post(scribe, place + "take/", {"rows": "all"})[0] == 200
    first = get(scribe, place + "people/?page_size=2").json()
    assert (first["count"], len(first["results"]), first["results"][0]["status"]) == (3, 2, "pending")
    assert len(get(scribe, place + "people/?page=2&page_size=2").json()["results"]) == 1
