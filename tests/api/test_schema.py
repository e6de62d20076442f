"""The OpenAPI document: complete, valid, readable by people, and kept by the calls it describes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from kupasi import clock
from kupasi.api_docs import METHODS
from kupasi.people.tokens import make_token
from kupasi.wsgi import application
from tests import builders

pytestmark = pytest.mark.django_db


def test_the_schema_is_valid_and_leaves_nothing_out() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=io.StringIO())


def test_the_schema_is_served_to_anybody(client: Client) -> None:
    response = client.get("/api/v1/schema/?format=json")
    assert response.status_code == 200
    assert "/api/v1/rules/eligibility/" in response.json()["paths"]


def test_the_readable_page_needs_nothing_but_itself(client: Client) -> None:
    html = client.get("/api/v1/docs/").content.decode()
    assert "/api/v1/rules/sanction/" in html
    assert "eligible_from" in html
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script", html)
    assert not re.search(r'(?:src|<link[^>]+href)="(?:https?:)?//', html)


CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
CALLS = [
    ("GET", "window"), ("GET", "deadlines"), ("GET", "fee"), ("POST", "document"), ("POST", "eligibility"),
    ("POST", "retake"), ("POST", "sanction"),
]  # fmt: skip


@pytest.fixture
def one_connection() -> Iterator[None]:
    """The calls of this process see the test's own transaction, as those of Django's client do."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("method", "name"), CALLS)
def test_whatever_is_sent_is_answered_as_described(method: str, name: str, mode: GenerationMode) -> None:
    builders.load_notice()
    described = schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", application)
    strategy = described[f"/api/v1/rules/{name}/"][method].as_strategy(generation_mode=mode)

    @given(case=strategy)
    @settings(max_examples=15, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    def ask(case: Any) -> None:
        case.call_and_validate(checks=CHECKS)

    ask()


def described_calls() -> list[tuple[str, str]]:
    """Every method and address of the document, its keys filled in with a row that is not there."""
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    filled = [(re.sub(r"\{[^}]*\}", "999999999", path), item) for path, item in paths.items()]
    return [(method, path) for path, item in filled for method in item if method in METHODS]


@pytest.mark.parametrize("body", ["null", "[]", "{}", '{"id": 1e400}', '{"id": "\\u0000"}'])
def test_no_call_breaks_over_a_missing_key_a_missing_row_or_a_hostile_body(client: Client, body: str) -> None:
    key, _ = make_token(builders.a_user("candidate"), at=clock.now())
    for method, path in described_calls():
        for headers in ({}, {"authorization": f"Bearer {key}"}):
            answer = client.generic(method.upper(), path, body.encode(), "application/json", headers=headers)
            assert answer.status_code < 500, (method, path)
            if answer.status_code >= 400:
                assert answer["Content-Type"] == "application/problem+json", (method, path, answer.status_code)


@pytest.mark.parametrize("query", ["page=1000000000", "page=-1", "page=0x10", "page_size=1000000000", "page=%00"])
def test_lists_take_no_nonsense_for_a_page(client: Client, query: str) -> None:
    key, _ = make_token(builders.a_user("candidate"), at=clock.now())
    for method, path in described_calls():
        if method == "get" and "999999999" not in path:
            answer = client.get(f"{path}?{query}", headers={"authorization": f"Bearer {key}"})
            assert answer.status_code in {200, 400, 403, 404}, (path, answer.status_code)
