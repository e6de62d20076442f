"""The door's pages and its API: own rooms only, looked at before let in, what a phone may carry away."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from exams.enums import Attendance, DoorResult
from exams.models import AdmissionTicket, CheckIn, OfflineNote, Seat
from exams.services.attendance import state_attendance
from kupasi import clock
from kupasi.approvals.models import Proposal
from kupasi.audit.models import Entry as Line
from tests.builders import a_user, act, signed_in
from tests.exams.doors import code, moment, nonce
from tests.exams.marking import Exam, an_exam

pytestmark = pytest.mark.django_db
API = "/api/v1/checkins/"


@pytest.fixture(autouse=True)
def ten_to_nine(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The clock stands ten minutes before the theory paper."""
    monkeypatch.setattr(clock, "now", lambda: moment("08:50"))
    return moment("08:50")


@pytest.fixture
def exam(notice: None) -> Exam:
    return an_exam()


@pytest.fixture
def client(exam: Exam) -> Client:
    return signed_in(exam.invigilator)


def door(exam: Exam, what: str = "room-door") -> str:
    return reverse(what, args=[exam.sittings[0].pk])


def posted(client: Client, **words: Any) -> tuple[int, dict[str, Any]]:
    answer = client.post(API, json.dumps(words), content_type="application/json")
    return answer.status_code, answer.json()


def test_the_door_shows_whom_to_expect_and_lets_nobody_in_by_itself(exam: Exam, client: Client) -> None:  # TC-007
    person = exam.entries[0].candidate
    page = client.post(door(exam), {"text": code(exam.entries[0]), "act": "look"}).content.decode()
    tail = person.documents.get().number[-4:]
    assert all(one in page for one in (person.name, f"证件尾号 <b>{tail}</b>", "人证不符，拒绝入场"))
    assert (CheckIn.objects.count(), person.documents.get().number in page) == (0, False)
    client.post(door(exam), {"text": code(exam.entries[0]), "act": "enter", "nonce": nonce()})
    assert CheckIn.objects.get().result == DoorResult.OK


def test_turning_away_leads_to_the_record_of_an_incident(exam: Exam, client: Client) -> None:  # TC-007
    page = client.post(door(exam), {"text": code(exam.entries[0]), "act": "refuse"}).content.decode()
    seat = exam.seats(exam.entries[0])[0]
    assert reverse("case-record", args=[seat.pk]) in page
    assert (CheckIn.objects.get().result, seat.attendance) == (DoorResult.MISMATCH, Attendance.UNKNOWN)


def test_whoever_was_turned_away_before_or_has_reported_an_error_is_looked_at_again(exam: Exam, client: Client) -> None:
    turned, reported, plain = code(exam.entries[0]), exam.entries[1].ticket, "k-door-good"
    look = {"text": turned, "act": "look"}
    assert plain in client.post(door(exam), look, headers={"X-Door": "1"}).content.decode()
    client.post(door(exam), {"text": turned, "act": "refuse", "nonce": nonce()})
    again = client.post(door(exam), look, headers={"X-Door": "1"}).content.decode()
    assert ("08:50 曾因人证不符被拒绝入场" in again, plain in again, "相符，入场" in again) == (True, False, True)
    AdmissionTicket.objects.filter(pk=reported.pk).update(status="disputed")
    other = client.post(door(exam), {"text": code(exam.entries[1])}, headers={"X-Door": "1"})
    assert ("提出过异议" in other.content.decode(), other.context["tone"]) == (True, "warn")
    client.post(door(exam), {"text": turned, "act": "enter", "nonce": nonce()})
    assert CheckIn.objects.latest("pk").result == DoorResult.OK


def test_a_stranger_to_the_room_is_told_where_to_go_without_a_name(exam: Exam, client: Client) -> None:
    Seat.objects.filter(entry=exam.entries[0], sitting=exam.sittings[0]).delete()
    page = client.post(door(exam), {"text": code(exam.entries[0])}).content.decode()
    assert ("不是这一场" in page, exam.entries[0].candidate.name in page) == (True, False)


def test_the_number_of_a_sheet_that_is_not_one_s_own_says_so(exam: Exam, client: Client) -> None:
    answer = client.post(door(exam), {"text": "K987654"}, headers={"X-Door": "1"})
    assert (answer.status_code, "没有编号 K987654 的签到表" in answer.content.decode()) == (200, True)


def test_a_sheet_s_number_before_the_door_opens_the_sheet(exam: Exam, client: Client) -> None:
    answer = client.post(door(exam), {"text": f"K{exam.sittings[0].pk}"})
    assert answer.headers["Location"] == door(exam, "room-sheet")
    assert client.get(reverse("rooms"), {"sheet": f"k{exam.sittings[0].pk}"}).headers["Location"] == answer["Location"]
    assert "没有这个编号" in client.get(reverse("rooms"), {"sheet": "K987654"}).content.decode()


def test_on_a_phone_a_row_of_the_sheet_is_a_card_with_its_columns_named(exam: Exam, client: Client) -> None:
    shown = client.get(door(exam, "room-sheet")).content.decode()
    table = shown[shown.index("<table") : shown.index("</table>")]
    assert "k-as-cards" in table.split(">")[0]
    assert table.count("<td") == table.count("<td data-label=") > 0


def test_the_page_kept_for_offline_use_names_nobody(exam: Exam, client: Client) -> None:
    client.post(door(exam), {"text": code(exam.entries[0]), "act": "refuse"})
    whole, shell = (client.get(door(exam), query).content.decode() for query in ({}, {"shell": "1"}))
    masked = str(exam.entries[0].candidate)
    assert (masked in whole, masked in shell) == (True, False)


def test_a_packet_holds_the_room_s_people_alone_and_is_recorded(exam: Exam, client: Client) -> None:
    other = an_exam(on="2025-07-19", occupation="model-application")
    found = client.get(door(exam, "room-door-packet")).json()
    assert {one["ticket"] for one in found["people"]} == {entry.ticket.number for entry in exam.entries}
    assert other.entries[0].candidate.name not in json.dumps(found, ensure_ascii=False)
    assert Line.objects.filter(action="checkin.packet").count() == 1
    assert exam.entries[0].candidate.documents.get().number not in json.dumps(found)


@pytest.mark.parametrize(("day", "code"), [("2025-07-10T09:00", "too_early"), ("2025-07-13T00:00", "over")])
def test_a_packet_is_given_for_its_day_only(
    exam: Exam, client: Client, monkeypatch: pytest.MonkeyPatch, day: str, code: str
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat(day).replace(tzinfo=clock.SHANGHAI))
    answer = client.get(door(exam, "room-door-packet"))
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_log_comes_in_and_what_is_safe_is_named(exam: Exam, client: Client) -> None:
    base = {"at": "2025-07-12T08:45:00+08:00", "device": "a"}
    rows = [
        {**base, "kind": "scan", "nonce": nonce(), "text": code(exam.entries[0]), "said": "ok"},
        {**base, "kind": "note", "nonce": nonce(), "text": "忘带证件", "seat": exam.seats(exam.entries[0])[0].pk},
    ]
    for _ in range(2):
        answer = client.post(door(exam, "room-door-log"), json.dumps({"rows": rows}), content_type="application/json")
    assert answer.json()["taken"] == [row["nonce"] for row in rows]
    assert (CheckIn.objects.count(), OfflineNote.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    "body", ["", "[]", '{"rows":[1]}', '{"rows":[{"kind":"scan"}]}', '{"rows":{"a":1}}', '{"rows":' + "[" * 5000]
)
def test_a_log_that_cannot_be_read_is_refused_whole(exam: Exam, client: Client, body: str) -> None:
    answer = client.post(door(exam, "room-door-log"), body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_log")


def test_the_invigilator_asks_at_the_door_and_sees_that_it_waits(
    exam: Exam, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment("09:31"))
    client.post(door(exam), {"text": code(exam.entries[0])})
    row = CheckIn.objects.get(result=DoorResult.TOO_LATE)
    page = client.post(door(exam, "room-override"), {"checkin": row.pk, "reason": "电梯故障"}, follow=True)
    assert (Proposal.objects.get().about_id, "等监督批准" in page.content.decode()) == (str(row.pk), True)


@pytest.mark.parametrize("what", ["room-door", "room-door-packet", "room-sheet"])
def test_another_room_and_another_role_get_nothing(exam: Exam, what: str) -> None:
    assert signed_in(a_user("invigilator")).get(door(exam, what)).status_code == 404
    assert signed_in(a_user("clerk")).get(door(exam, what)).status_code == 403


def test_the_pages_of_a_room_ask_as_much_for_thirty_as_for_two(
    exam: Exam, client: Client, django_assert_max_num_queries: Any
) -> None:
    from tests.exams.marking import seated

    for number in range(3, 12):
        seated(exam, number)
    for what, most in (("room-door", 26), ("room-sheet", 26), ("room-door-packet", 45)):
        with django_assert_max_num_queries(most):
            client.get(door(exam, what))


def test_a_check_in_is_judged_once_and_asks_little(
    exam: Exam, client: Client, django_assert_max_num_queries: Any
) -> None:
    from tests.exams.marking import seated

    for number in range(3, 12):
        seated(exam, number)
    words = [{"text": code(one), "act": "enter", "nonce": nonce()} for one in exam.entries[:2]]
    client.post(door(exam), words[0], headers={"X-Door": "1"})  # the session's first page notes the device
    with django_assert_max_num_queries(21) as asked:
        page = client.post(door(exam), words[1], headers={"X-Door": "1"}).content.decode()
    assert ("已入场" in page, CheckIn.objects.filter(result=DoorResult.OK).count()) == (True, 2)
    assert sum('FROM "exams_admissionticket"' in one["sql"] for one in asked.captured_queries) == 1


def test_the_api_checks_in_and_repeats_its_answer(exam: Exam, client: Client) -> None:
    words = {"token": code(exam.entries[0]), "nonce": nonce()}
    first, again = posted(client, **words), posted(client, **words)
    assert first == again
    status, said = first
    assert (status, said["result"], said["admitted"], said["person"]["number"]) == (200, "ok", True, 1)
    assert posted(client, **words | {"token": code(exam.entries[1])})[1]["code"] == "key_reused"


def test_the_idempotency_key_does_for_a_nonce(exam: Exam, client: Client) -> None:
    body = json.dumps({"token": code(exam.entries[0])})
    for _ in range(2):
        answer = client.post(API, body, content_type="application/json", headers={"Idempotency-Key": "door-key-1"})
    assert (answer.json()["nonce"], CheckIn.objects.count()) == ("door-key-1", 1)


def test_asking_alone_writes_nothing(exam: Exam, client: Client) -> None:
    _, said = posted(client, token=code(exam.entries[0]), look=True)
    assert (said["result"], said["id"], CheckIn.objects.count()) == ("ok", None, 0)


@pytest.mark.parametrize("role", ["supervisor", "auditor", "clerk", "marker"])
def test_who_does_not_stand_at_doors_scans_nobody(exam: Exam, role: str) -> None:
    assert posted(signed_in(a_user(role)), token=code(exam.entries[0]))[0] in (400, 403)
    assert not CheckIn.objects.exists()


def test_a_sitting_of_others_is_not_found(exam: Exam) -> None:
    words = {"token": code(exam.entries[0]), "sitting": exam.sittings[0].pk}
    assert posted(signed_in(a_user("invigilator")), **words)[0] == 404


def test_the_candidate_sees_that_attendance_was_recorded(exam: Exam) -> None:
    entry = exam.entries[0]
    seat = exam.seats(entry)[0]
    facts = {"lines": [], "person": "x", "photo": ""}
    entry.ticket.versions.create(version=1, facts=facts, made_at=moment("07:00"), file="tickets/x.pdf")
    state_attendance(seat.pk, attendance=Attendance.LATE, by=act(exam.invigilator, moment("09:05")))
    page = signed_in(entry.candidate.user).get(reverse("ticket", args=[entry.ticket.pk])).content.decode()
    assert ("到考登记" in page, "09:05" in page) == (True, True)
