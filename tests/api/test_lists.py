"""What every list of the API has in common."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from tests import builders

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
LISTS = ("applications", "orders", "payments", "refunds", "entries", "tickets", "results", "certificates", "bars")


def answer(path: str) -> tuple[int, list[str]]:
    client = APIClient()
    client.force_authenticate(builders.a_candidate().user)
    given = client.get(f"/api/v1/{path}")
    return given.status_code, [one["code"] for one in given.json().get("errors", [])]


@pytest.mark.parametrize("name", LISTS)
def test_a_filter_that_a_list_does_not_know_is_refused(name: str) -> None:
    assert answer(f"{name}/") == (200, [])
    assert answer(f"{name}/?colour=red") == (400, ["unknown"])
    assert answer(f"{name}/?page_size=2&page_size=3") == (400, ["repeated"])


def test_a_filter_that_it_knows_narrows_it() -> None:
    assert answer("applications/?status=draft&page=1") == (200, [])
    assert answer("orders/?status=draft") == (400, ["unknown"])


def test_options_tells_methods_and_no_docstring() -> None:
    client = APIClient()
    client.force_authenticate(builders.a_candidate().user)
    told = client.options("/api/v1/orders/").json()
    assert set(told) == {"methods", "schema"}
