"""Refunds over HTTP (PY-019, PY-021, PY-024)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kupasi import clock
from kupasi.people.models import User
from kupasi.people.tokens import make_token
from registration.models import Application, Refund
from tests.builders import a_candidate, a_user, at, signed_in
from tests.registration.desk import approved as reviewed
from tests.registration.desk import order_of, pay

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


@pytest.fixture(autouse=True)
def a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: at("2025-05-23T10:00"))


@pytest.fixture
def paid(clerk: User, finance: User) -> Application:
    application = reviewed(clerk)
    pay(application, finance)
    return application


def call(user: User | None, path: str = "refunds/", body: Any = None) -> tuple[int, Any]:
    """GET, or POST where there is a body, with a token of this person."""
    assert user is not None
    signed_in(user)  # staff keys count only with a second factor
    key, _ = make_token(user, at=clock.now())
    client, headers = Client(), {"Authorization": f"Bearer {key}"}
    ways = {} if body is None else {"data": body, "content_type": "application/json"}
    answer = (client.get if body is None else client.post)(f"/api/v1/{path}", headers=headers, **ways)
    return answer.status_code, answer.json()


def wish(application: Application, **changed: str) -> dict[str, str]:
    return {"order": order_of(application).reference or "", "amount": "480.00", "reason": "生病"} | changed


def test_the_owner_asks_and_finance_approves(paid: Application, finance: User) -> None:
    status, made = call(paid.candidate.user, body=wish(paid, available="480.00"))
    assert (status, made["status"], made["number"]) == (201, "open", None)
    decision = {"decision": "approve", "digest": made["digest"]}
    assert call(paid.candidate.user, f"refunds/{made['id']}/decision/", decision)[0] == 403
    status, done = call(finance, f"refunds/{made['id']}/decision/", decision)
    assert (status, done["status"], done["number"]) == (200, "approved", Refund.objects.get().number)
    assert [row["id"] for row in call(finance)[1]["results"]] == [made["id"]]


def test_a_stale_available_amount_is_a_failed_precondition(paid: Application) -> None:
    status, problem = call(paid.candidate.user, body=wish(paid, available="500.00"))
    assert (status, problem["code"], problem["available"]) == (412, "stale", "480.00")


def test_the_asker_of_the_desk_cannot_approve(paid: Application, finance: User, clerk: User) -> None:
    made = call(clerk, body=wish(paid))[1]
    decision = {"decision": "approve", "digest": made["digest"]}
    assert call(clerk, f"refunds/{made['id']}/decision/", decision)[0] == 403
    finance.groups.add(clerk.groups.get())
    own = call(finance, f"refunds/{made['id']}/decision/", {"decision": "refuse", "digest": "-", "reason": "重复"})
    assert own[0] == 200
    made = call(finance, body=wish(paid))[1]
    status, problem = call(
        finance, f"refunds/{made['id']}/decision/", {"decision": "approve", "digest": made["digest"]}
    )
    assert (status, problem["code"], Refund.objects.count()) == (403, "four_eyes", 0)


def test_a_second_request_is_a_conflict_and_a_strangers_order_is_not_there(paid: Application) -> None:
    assert call(paid.candidate.user, body=wish(paid))[0] == 201
    status, problem = call(paid.candidate.user, body=wish(paid))
    assert (status, problem["code"]) == (409, "already_asked")
    stranger = a_candidate().user
    assert call(stranger, body=wish(paid))[0] == 404
    assert call(stranger)[1]["results"] == []


@pytest.mark.parametrize("amount", ["-480.00", "480.001", "1e3", "0.00", "999999999.00", ""])
def test_amounts_that_are_none_are_refused(paid: Application, amount: str) -> None:
    assert call(paid.candidate.user, body=wish(paid, amount=amount))[0] == 400


def test_who_may_not_ask_is_told_so(paid: Application) -> None:
    assert call(a_user("marker"), body=wish(paid))[0] == 403
