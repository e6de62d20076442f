"""WB-015: no address that takes a POST takes one without the form's token, with another's, or from another site."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from tests import builders
from tests.permissions.table import addresses, lines

pytestmark = pytest.mark.django_db
UNGUARDED = ("token", "rules-")  # nothing of a browser's session counts there: a key is asked for by password


def posts() -> list[str]:
    """The path of every line that takes a POST, with keys of nothing."""
    found = []
    for line in lines():
        if line.method == "POST" and line.args != "-" and not line.url.startswith(UNGUARDED):
            keys = {"root": "2020-01-01", "setting": "retake_years"}
            parts = [re.sub(r"\{(\w+)\}", lambda m, k=keys: k.get(m[1], "987654"), one) for one in line.args.split()]
            found.append(reverse(line.url, args=parts))
    return found


def browsers() -> Iterator[Client]:
    """A clerk's and a candidate's, with the check that Django's test client usually leaves out."""
    for role in ("clerk", "candidate"):
        client = builders.signed_in(builders.a_user(role))
        client.handler.enforce_csrf_checks = True
        yield client


def status(client: Client, path: str, sent: dict[str, str], **headers: str) -> int:
    """What a post is answered with; the API is sent what it reads."""
    reads_json = path.startswith("/api/") and not path.endswith("/rosters/")  # a list is sent as a file
    body = {"content_type": "application/json"} if reads_json else {}
    return int(client.post(path, sent, headers=headers, **body).status_code)


def test_the_table_knows_many_posts() -> None:
    assert len(posts()) > 150
    assert any(path.startswith("/api/") for path in posts())
    assert {one.split("/")[0] for one in addresses().values()} >= {"admin", "accounts", "api"}


def test_no_post_is_taken_without_a_token() -> None:
    found = [(path, told) for client in browsers() for path in posts()
             if (told := status(client, path, {})) != 403]  # fmt: skip
    assert found == []


def test_no_post_is_taken_with_another_persons_token() -> None:
    stranger = Client(enforce_csrf_checks=True)
    stranger.get("/accounts/login/")
    theirs = stranger.cookies["csrftoken"].value
    found = [(path, told) for client in browsers() for path in posts()
             if (told := status(client, path, {"csrfmiddlewaretoken": theirs})) != 403]  # fmt: skip
    assert found == []


def test_no_post_is_taken_from_another_site() -> None:
    found = []
    for client in browsers():
        client.get("/accounts/profile/")
        sent = {"csrfmiddlewaretoken": client.cookies["csrftoken"].value}
        for path in posts():
            told = status(client, path, sent, origin="https://evil.example")
            found += [] if told == 403 else [(path, told)]
    assert found == []


def test_without_the_check_a_post_would_be_taken() -> None:
    client = builders.signed_in(builders.a_user("clerk"))
    assert client.post("/notices/mine/", {}).status_code == 302
