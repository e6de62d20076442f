"""The golden table: every clause, both severities, and the days on which counting goes wrong (rules S1–S6)."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from discipline.rules import CLAUSES
from discipline.rules.sanctions import sanction

with (Path(__file__).parent / "sanctions.tsv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file, delimiter="\t"))


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['clause']}-{row['severity']}-{row['act_on']}")
def test_a_clause_takes_what_the_table_says(row: dict[str, str]) -> None:
    answer = sanction(
        row["clause"],
        act_on=date.fromisoformat(row["act_on"]),
        act_is_exam_day=row["act_is_exam_day"] == "yes",
        decided_on=date.fromisoformat(row["decided_on"]),
        severity=row["severity"] or None,
        reminder=True,
    )
    assert answer.allowed
    assert (answer.marks, answer.barred_from, answer.barred_until) == (
        row["marks"], day(row["barred_from"]), day(row["barred_until"]),
    )  # fmt: skip
    assert (answer.refund_grantable, answer.referral) == (row["refund"] == "yes", row["referral"] == "yes")


def test_the_table_leaves_no_clause_out() -> None:
    assert {row["clause"] for row in ROWS} == {one.code for one in CLAUSES}
