"""Every write of the API takes an `Idempotency-Key` (contract): one effect, one answer, 409 for another body."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from kupasi import clock
from kupasi.api_docs import schema
from kupasi.people.models import User
from kupasi.people.tokens import make_token
from registration.models import Application, IdempotencyKey, Order, Payment
from tests.builders import an_application, at, signed_in
from tests.registration.desk import approved, order_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
WITHOUT = ("/api/v1/rules/", "/api/v1/token/")  # questions that change nothing; a key for those who have none yet


@pytest.fixture(autouse=True)
def a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: at("2025-05-23T10:00"))


@pytest.fixture
def order(clerk: User) -> Order:
    return order_of(approved(clerk))


def post(user: User | None, path: str, body: Any, *, key: str) -> tuple[int, Any]:
    """A write with a token of this person, under a key of theirs."""
    assert user is not None
    signed_in(user)  # staff keys count only with a second factor
    token, _ = make_token(user, at=clock.now())
    headers = {"authorization": f"Bearer {token}", "idempotency-key": key}
    answer = Client().post(f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=headers)
    return answer.status_code, answer.json()


def money(order: Order, **other: str) -> dict[str, str]:
    return {"order": str(order.reference), "amount": "100.00", "method": "cash", "reference": "收-1", **other}


def test_the_schema_names_the_key_at_every_write() -> None:
    for path, item in schema()["paths"].items():
        if "post" in item and not path.startswith(WITHOUT):
            assert "Idempotency-Key" in {one["name"] for one in item["post"]["parameters"]}, path


def test_a_payment_under_a_used_key_is_recorded_once_and_never_as_another(order: Order, finance: User) -> None:
    first = post(finance, "payments/", money(order), key="k-1")
    assert first == post(finance, "payments/", money(order), key="k-1")
    status, answer = post(finance, "payments/", money(order, reference="收-2"), key="k-1")
    assert (first[0], status, answer["code"], Payment.objects.count()) == (201, 409, "key_reused", 1)


def test_a_field_without_a_name_does_not_switch_the_key_off(order: Order, finance: User) -> None:
    for number in (1, 2):
        post(finance, "payments/", {**money(order, reference=f"收-{number}"), "": ""}, key="k-1")
    assert Payment.objects.count() <= 1


def test_without_the_key_the_second_body_is_money_again(order: Order, finance: User) -> None:
    for number in (1, 2):  # the twin: what the key keeps from happening
        post(finance, "payments/", money(order, reference=f"收-{number}"), key=f"k-{number}")
    assert Payment.objects.count() == 2


def test_a_refused_write_leaves_its_key_free(order: Order, finance: User) -> None:
    assert post(finance, "payments/", money(order, amount="0"), key="k-1")[0] == 400
    assert not IdempotencyKey.objects.exists()
    assert post(finance, "payments/", money(order), key="k-1")[0] == 201


def test_a_key_belongs_to_one_address(order: Order) -> None:
    mine = order.application
    assert isinstance(mine, Application)
    other = an_application(mine.candidate, occupation="model-application")
    assert post(mine.candidate.user, f"applications/{other.pk}/withdraw/", {}, key="k-1")[0] == 200
    assert post(mine.candidate.user, f"applications/{mine.pk}/withdraw/", {}, key="k-1")[0] == 409


def test_a_key_opens_nothing_that_is_anothers(order: Order) -> None:
    stranger = an_application().candidate.user
    assert order.application is not None
    assert post(stranger, f"applications/{order.application.pk}/withdraw/", {}, key="k-1")[0] == 404


@pytest.mark.parametrize("body", [5, None, [], "token", True])
@pytest.mark.parametrize("path", ["payments/", "checkins/", "marks/", "refunds/", "cases/"])
def test_a_body_that_is_no_object_is_refused_under_a_key_too(finance: User, path: str, body: Any) -> None:
    assert post(finance, path, body, key="k-1")[0] in {400, 403}
