"""The rule of sanctions over HTTP: the golden table itself, and odd questions that must not break it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from .test_table import ROWS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
ASKED = {
    "clause": "四2", "act_on": "2025-07-12", "act_is_exam_day": True, "decided_on": "2025-07-24", "severity": "serious",
    "reminder": True,
}  # fmt: skip
ODD_CLAUSES = ["", " ", "叁1", "三6", "四8", "二5", "一1", "五1", "三", "三1;四1", "三1\0", "🙂", "三" * 500,
               None, 3, ["三1"], {"code": "三1"}, True]  # fmt: skip
ODD: list[dict[str, Any]] = [
    {"act_on": "9999-12-31", "decided_on": "9999-12-31"}, {"act_on": "0001-01-01"}, {"act_on": "2025-02-29"},
    {"act_on": "2025-7-1"}, {"act_on": None}, {"decided_on": "2024-01-01"}, {"decided_on": "2025-07-24T00:00"},
    {"severity": "5"}, {"severity": "严重"}, {"severity": 5}, {"severity": ""}, {"reminder": "maybe"},
    {"act_is_exam_day": 2}, {"extra": 1},
]  # fmt: skip


def ask(client: Client, **facts: Any) -> Any:
    cache.clear()  # the limit per address is another test's
    return client.post("/api/v1/rules/sanction/", ASKED | facts, content_type="application/json")


def test_the_golden_table_is_what_is_answered(client: Client) -> None:
    for row in ROWS:
        answer = ask(
            client, clause=row["clause"], act_on=row["act_on"], decided_on=row["decided_on"],
            act_is_exam_day=row["act_is_exam_day"] == "yes", severity=row["severity"] or None,
        )  # fmt: skip
        found = answer.json()
        assert (answer.status_code, found["allowed"]) == (200, True), row
        said = (found["marks"], found["barred_from"] or "", found["barred_until"] or "")
        assert said == (row["marks"], row["barred_from"], row["barred_until"]), row


@pytest.mark.parametrize("clause", ODD_CLAUSES, ids=lambda one: repr(one)[:20])
def test_what_is_no_clause_is_refused_and_never_guessed(client: Client, clause: Any) -> None:
    answer = ask(client, clause=clause)
    assert answer.status_code == 400 or answer.json()["refusals"][0]["code"] == "unknown_clause"


@pytest.mark.parametrize("facts", ODD, ids=str)
def test_an_odd_question_is_answered_or_refused(client: Client, facts: dict[str, Any]) -> None:
    assert ask(client, **facts).status_code in (200, 400)
