"""Applications over HTTP: applying in one call, repeating it, seeing one's own."""

from __future__ import annotations

import base64
import json
import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from kupasi import clock
from kupasi.people.models import Candidate
from kupasi.people.tokens import make_token
from registration.enums import ApplicationStatus
from registration.models import Application, IdempotencyKey, Order
from tests.builders import a_candidate, a_user, an_application, at, load_notice, photo_bytes

URL = "/api/v1/applications/"
CONDITION = "我已阅读该职业的考核规范，并符合其中写明的申报条件。"


@pytest.fixture(autouse=True)
def may_20th(monkeypatch: pytest.MonkeyPatch) -> None:
    """20 May 2025, 9:00."""
    monkeypatch.setattr(clock, "now", lambda: at("2025-05-20T09:00"))


def bearer(person: Candidate) -> dict[str, Any]:
    assert person.user is not None
    key, _ = make_token(person.user, at=at("2025-05-20T08:59"))
    return {"authorization": f"Bearer {key}"}


def body(**other: object) -> dict[str, object]:
    photo = base64.b64encode(photo_bytes()).decode()
    return {
        "occupation": "data-annotation", "education": "bachelor", "conditions": [CONDITION], "pledge_version": 1,
        "photo": photo, **other,
    }  # fmt: skip


def apply(person: Candidate, data: object, *, key: str = "") -> tuple[int, dict[str, Any]]:
    headers = bearer(person) | ({"idempotency-key": key} if key else {})
    answer = Client().post(URL, json.dumps(data), content_type="application/json", headers=headers)
    return answer.status_code, answer.json()


@pytest.mark.django_db
@pytest.mark.usefixtures("notice")
class TestApplying:
    def test_one_call_fills_in_and_submits(self) -> None:
        status, answer = apply(a_candidate(), body())
        assert (status, answer["status"], answer["exam_month"]) == (201, "submitted", "2025-07")
        assert (answer["fee_total"], [item["amount"] for item in answer["items"]]) == ("480.00", ["95.00", "385.00"])

    @pytest.mark.parametrize(
        "other", [{"fee": "0.01", "fee_total": "0.01"}, {"status": "concluded", "is_paid": "true", "score": "100"}]
    )
    def test_prices_and_states_that_are_sent_are_not_read(self, other: dict[str, object]) -> None:
        status, answer = apply(a_candidate(), body(**other))
        assert (status, answer["status"], answer["fee_total"]) == (201, "submitted", "480.00")

    @pytest.mark.parametrize(
        ("other", "code"),
        [
            ({"occupation": "no-such"}, "unknown_occupation"),
            ({"subjects": ["theory", "theory"]}, "subject_repeated"),
            ({"subjects": ["theory"]}, "subjects_incomplete"),
            ({"conditions": []}, "condition_missing"),
            ({"pledge_version": 9}, "pledge_outdated"),
            ({"photo": base64.b64encode(b"BM not a photo").decode()}, "type"),
            ({"photo": "%%%"}, "invalid"),
            ({"education": {"$ne": 1}}, "invalid"),
            ({"conditions": [True]}, "invalid"),
            ({"pledge_version": 1e30}, "invalid"),
        ],
    )
    def test_what_does_not_fit_is_refused_and_leaves_nothing(self, other: dict[str, object], code: str) -> None:
        status, answer = apply(a_candidate(), body(**other))
        assert (status, answer["code"]) == (400, code)
        assert not Application.objects.exists()

    def test_a_refusal_says_what_the_next_attempt_must_send(self) -> None:
        person = a_candidate()
        _, conditions = apply(person, body(conditions=[]))
        _, pledge = apply(person, body(pledge_version=9))
        keys, version = [one["id"] for one in conditions["asked"]], pledge["asked"]["version"]
        assert apply(person, body(conditions=keys, pledge_version=version))[0] == 201

    def test_without_a_portrait_anywhere_the_photo_step_is_named(self) -> None:
        data = body()
        del data["photo"]
        status, answer = apply(a_candidate(), data)
        assert (status, answer["code"]) == (400, "incomplete")

    @pytest.mark.parametrize("raw", ["[]", "null", '"x"', "NaN", '{"a":1,"a":2}', '{"occupation":"\\u0000"}', "{"])
    def test_json_that_is_no_application_is_refused(self, raw: str) -> None:
        headers = bearer(a_candidate())
        answer = Client().post(URL, raw, content_type="application/json", headers=headers)
        assert answer.status_code == 400

    def test_the_second_one_is_a_conflict(self) -> None:
        person = a_candidate()
        apply(person, body())
        status, answer = apply(person, body())
        assert (status, answer["code"], Application.objects.count()) == (409, "duplicate_application", 1)

    def test_the_same_key_and_body_get_the_same_answer(self) -> None:
        person = a_candidate()
        assert apply(person, body(), key="abc") == apply(person, body(), key="abc")
        assert Order.objects.count() == 1

    def test_the_same_key_with_another_body_is_refused(self) -> None:
        person = a_candidate()
        apply(person, body(), key="abc")
        status, answer = apply(person, body(occupation="model-application"), key="abc")
        assert (status, answer["code"], Application.objects.count()) == (409, "key_reused", 1)

    def test_a_key_is_a_persons_own(self) -> None:
        assert apply(a_candidate(), body(), key="abc")[0] == apply(a_candidate(), body(), key="abc")[0] == 201

    def test_a_refused_request_may_be_put_right_under_its_key(self) -> None:
        person = a_candidate()
        assert apply(person, body(pledge_version=9), key="abc")[0] == 400
        assert (apply(person, body(), key="abc")[0], IdempotencyKey.objects.count()) == (201, 1)

    @pytest.mark.parametrize("key", ["x" * 81, "钥匙"])
    def test_a_key_that_is_none_is_refused(self, key: str) -> None:
        status, answer = apply(a_candidate(), body(), key=key)
        assert (status, answer["code"]) == (400, "key_invalid")

    def test_only_candidates_apply(self) -> None:
        key, _ = make_token(a_user("institution_clerk"), at=at("2025-05-20T08:59"))
        headers = {"authorization": f"Bearer {key}"}
        answer = Client().post(URL, json.dumps(body()), content_type="application/json", headers=headers)
        assert answer.status_code == 403


@pytest.mark.django_db
@pytest.mark.usefixtures("notice")
class TestReading:
    def test_one_sees_ones_own(self) -> None:
        mine, _ = an_application(), an_application()
        listed = Client().get(URL, headers=bearer(mine.candidate)).json()
        assert [row["id"] for row in listed["results"]] == [mine.pk]
        assert mine.candidate.name not in json.dumps(listed, ensure_ascii=False)

    @pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
    def test_anothers_is_not_found_whatever_is_asked(self, method: str) -> None:
        other, client = an_application(), Client()
        answer = getattr(client, method)(f"{URL}{other.pk}/", headers=bearer(a_candidate()))
        assert answer.status_code == 404
        withdraw = client.post(f"{URL}{other.pk}/withdraw/", headers=bearer(a_candidate()))
        assert (withdraw.status_code, Application.objects.get().status) == (404, ApplicationStatus.SUBMITTED)

    def test_ones_own_is_not_changed_either(self) -> None:
        mine = an_application()
        answer = Client().patch(
            f"{URL}{mine.pk}/", '{"status":"confirmed"}', content_type="application/json",
            headers=bearer(mine.candidate),
        )  # fmt: skip
        assert (answer.status_code, Application.objects.get().status) == (405, ApplicationStatus.SUBMITTED)

    def test_withdrawing_twice_is_once(self) -> None:
        mine = an_application()
        headers = bearer(mine.candidate)
        for _ in range(2):
            answer = Client().post(f"{URL}{mine.pk}/withdraw/", headers=headers)
            assert (answer.status_code, answer.json()["status"]) == (200, "withdrawn")

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("?status=submitted", 200), ("?occupation=data-annotation", 200), ("?status=x", 400),
            ("?_connector=OR%201=1", 400), ("?order_by=candidate__user__password", 400), ("?fields=*", 400),
            ("?candidate__user__password__startswith=a", 400), ("?page=1000000000", 404), ("?page=x", 404),
            ("?page_size=1000000000", 200),
        ],
    )  # fmt: skip
    def test_only_listed_parameters_reach_the_database(self, query: str, status: int) -> None:
        mine = an_application()
        assert Client().get(URL + query, headers=bearer(mine.candidate)).status_code == status

    @pytest.mark.parametrize("key", ["99999999999999999999", "-1", "0x10", "1e3", "1 OR 1=1"])
    def test_a_key_that_is_none_is_not_found(self, key: str) -> None:
        assert Client().get(f"{URL}{key}/", headers=bearer(a_candidate())).status_code == 404

    def test_without_a_token_nothing_is_told(self) -> None:
        assert Client().get(URL).status_code == 401


@pytest.mark.django_db(transaction=True)
def test_twenty_identical_posts_at_once_make_one_application_and_one_order() -> None:
    load_notice()
    person = a_candidate()
    headers, data = bearer(person) | {"idempotency-key": "one-and-only"}, json.dumps(body())
    barrier, answers = threading.Barrier(20), []

    def send() -> None:
        try:
            barrier.wait()
            answer = Client().post(URL, data, content_type="application/json", headers=headers)
            answers.append((answer.status_code, answer.content))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {status for status, _ in answers} == {201}
    assert (len(answers), len({content for _, content in answers})) == (20, 1)
    assert (Application.objects.count(), Order.objects.count()) == (1, 1)
