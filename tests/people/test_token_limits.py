"""Keys by name and password: failures of one address are counted together with the sign-in page's, successes never."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests import builders

from .pages import enrol, otp, sign_in

pytestmark = pytest.mark.django_db
MOST = 30


def ask(client: Client, **body: str) -> Any:
    return client.post("/api/v1/token/", body, content_type="application/json")


def test_a_whole_office_may_fetch_its_keys_from_one_address(client: Client) -> None:
    user = builders.a_user("clerk")
    enrol(user)
    asked = {"username": user.username, "password": builders.PASSWORD}
    assert {ask(client, **asked).json()["code"] for _ in range(MOST + 1)} == {"otp_required"}
    assert ask(client, **asked, otp=otp()).status_code == 201


def test_guesses_from_one_address_come_to_an_end_whatever_names_they_try(client: Client) -> None:
    codes = [ask(client, username=f"nobody-{one}", password="no").status_code for one in range(MOST + 1)]
    assert codes == [401] * MOST + [429]


def test_guesses_count_on_both_ways_in(client: Client) -> None:
    for one in range(MOST):
        ask(client, username=f"nobody-{one}", password="no")
    assert "_auth_user_id" not in client.session
    sign_in(client, builders.a_user("institution_clerk").username)
    assert "_auth_user_id" not in client.session
