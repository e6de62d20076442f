"""R3: one request sent many times at once is one application with one order, and every copy gets the same answer."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from exams.models import OccupationCondition
from kupasi.people.models import ConsentText, User
from registration.models import Application, IdempotencyKey, Order

from .crowd import OCCUPATION, open_now, people, signed_in
from .live import SECRET, Answer, Live, at_once

pytestmark = pytest.mark.django_db(transaction=True)
TIMES = 20


def body(**other: object) -> dict[str, Any]:
    conditions = OccupationCondition.objects.filter(occupation__code=OCCUPATION, is_active=True)
    pledge = ConsentText.objects.filter(kind="pledge").latest("version").version
    return {"occupation": OCCUPATION, "education": "bachelor", "pledge_version": pledge,
            "conditions": list(conditions.values_list("text", flat=True)), **other}  # fmt: skip


def somebody() -> str:
    """The cookie of a person with a portrait and no application."""
    open_now()
    (person,) = people(1)
    assert isinstance(person.user, User)
    return signed_in([person.user])[0]


def send(live: Live, cookie: str, data: dict[str, Any], *, key: str) -> Answer:
    headers = {"Content-Type": "application/json", "X-CSRFToken": SECRET} | ({"Idempotency-Key": key} if key else {})
    browser = live.browser(cookie)
    answer = browser.send("POST", "/api/v1/applications/", json.dumps(data), headers)
    browser.close()
    return answer


def many(live: Live, cookie: str, data: dict[str, Any], *, key: str) -> list[Answer]:
    return at_once([lambda: send(live, cookie, data, key=key)] * TIMES)


def test_twenty_copies_of_a_request_are_one_application_and_the_same_answer(live: Live) -> None:
    answers = many(live, somebody(), body(), key="one-request")
    assert Counter(one.status for one in answers) == {201: TIMES}
    assert len({one.body for one in answers}) == 1
    assert (Application.objects.count(), Order.objects.count(), IdempotencyKey.objects.count()) == (1, 1, 1)


def test_the_same_key_with_another_body_is_a_conflict(live: Live) -> None:
    cookie = somebody()
    assert send(live, cookie, body(), key="one-request").status == 201
    answer = send(live, cookie, body(needs="轮椅通道"), key="one-request")
    assert (answer.status, json.loads(answer.body)["code"]) == (409, "key_reused")
    assert Application.objects.count() == 1


def test_without_a_key_the_copies_do_not_get_the_same_answer(live: Live) -> None:
    """What the key is for: there is still one application, but nineteen are told that there is one already."""
    answers = many(live, somebody(), body(), key="")
    assert len({one.status for one in answers}) > 1
    assert (Application.objects.count(), Order.objects.count()) == (1, 1)
