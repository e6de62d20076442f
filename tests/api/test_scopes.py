"""A key opens what it was made for, at every address of the API, and nothing of it is open by forgetting."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from kupasi import clock
from kupasi.people import scopes, tokens
from kupasi.people.models import ApiToken
from kupasi.people.tokens import make_token
from tests import builders
from tests.people.pages import sign_in

from .test_schema import described_calls

pytestmark = pytest.mark.django_db
PUBLIC = ("schema", "docs", "rules", "token", "certificates/verify")


def guarded() -> list[tuple[str, str]]:
    return [(method, path) for method, path in described_calls() if not path.split("/v1/")[1].startswith(PUBLIC)]


def ask(client: Client, method: str, path: str, key: str) -> tuple[int, str]:
    headers = {"authorization": f"Bearer {key}"}
    answer = client.generic(method.upper(), path, b"{}", "application/json", headers=headers)
    return answer.status_code, answer.json().get("code", "") if answer.status_code >= 400 else ""


def key_with(opens: list[str], role: str = "candidate") -> str:
    return make_token(builders.a_user(role), at=clock.now(), opens=opens)[0]


def test_every_address_of_the_api_belongs_to_an_area() -> None:
    assert [path for _, path in guarded() if not scopes.area_of(path)] == []


def test_a_key_for_nothing_opens_nothing(client: Client) -> None:
    key = key_with([])
    assert {ask(client, method, path, key) for method, path in guarded()} == {(403, "scope_missing")}


def test_a_key_for_everything_is_never_short_of_scope(client: Client) -> None:
    key = key_with(scopes.everything())
    assert "scope_missing" not in {ask(client, method, path, key)[1] for method, path in guarded()}


@pytest.mark.parametrize("area", list(scopes.AREAS))
def test_a_key_to_read_one_area_opens_neither_writing_nor_another_area(client: Client, area: str) -> None:
    key = key_with([f"{area}:read"])
    for method, path in guarded():
        meant = method == "get" and scopes.area_of(path) == area
        assert (ask(client, method, path, key)[1] == "scope_missing") is not meant, (method, path)


@pytest.mark.parametrize("area", list(scopes.AREAS))
def test_a_key_to_write_one_area_does_not_read_it(client: Client, area: str) -> None:
    key = key_with([f"{area}:write"])
    for method, path in guarded():
        meant = method != "get" and scopes.area_of(path) == area
        assert (ask(client, method, path, key)[1] == "scope_missing") is not meant, (method, path)


def test_without_the_check_the_key_would_open(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    key = key_with([])
    monkeypatch.setattr(tokens.scopes, "needed", lambda method, path: "")
    assert ask(client, "get", "/api/v1/applications/", key) == (200, "")


def test_a_key_gives_no_right_that_its_owner_does_not_have(client: Client) -> None:
    key = key_with(scopes.everything())
    status, code = ask(client, "post", "/api/v1/payments/", key)
    assert (status, code) == (403, "forbidden")


def test_the_page_makes_a_key_for_what_was_chosen_and_for_as_long(client: Client) -> None:
    person = builders.a_candidate()
    sign_in(client, person.phone)
    client.post("/accounts/keys/", {"scopes": ["marks:read", "money:read"], "days": "7"})
    key = ApiToken.objects.get()
    assert set(key.scopes.split()) == {"money:read", "marks:read"}
    assert key.expires_at - key.created_at == timedelta(days=7)
    assert "成绩：查看" in client.get("/accounts/profile/").content.decode()


@pytest.mark.parametrize(
    "typed", [{}, {"scopes": ["everything"], "days": "7"}, {"scopes": ["marks:read"], "days": "9"}]
)
def test_the_page_makes_no_key_for_nothing_or_nonsense(client: Client, typed: dict[str, Any]) -> None:
    person = builders.a_candidate()
    sign_in(client, person.phone)
    client.post("/accounts/keys/", typed)
    assert not ApiToken.objects.exists()


def test_a_key_asked_for_by_password_may_name_its_scope(client: Client) -> None:
    person = builders.a_candidate()
    asked = {"username": person.phone, "password": builders.PASSWORD}
    plain = client.post("/api/v1/token/", asked, content_type="application/json")
    narrow = client.post("/api/v1/token/", asked | {"scope": "marks:read"}, content_type="application/json")
    assert [set(one.json()) for one in (plain, narrow)] == [{"token", "expires_at"}] * 2
    assert ask(client, "get", "/api/v1/results/", narrow.json()["token"])[0] == 200
    assert ask(client, "get", "/api/v1/orders/", narrow.json()["token"]) == (403, "scope_missing")
    assert ask(client, "get", "/api/v1/orders/", plain.json()["token"])[0] == 200


def test_an_unknown_scope_makes_no_key(client: Client) -> None:
    person = builders.a_candidate()
    asked = {"username": person.phone, "password": builders.PASSWORD, "scope": "marks:read all"}
    answer = client.post("/api/v1/token/", asked, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_scope")
    assert not ApiToken.objects.exists()
