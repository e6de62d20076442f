"""What a row holds in full: its values in their stored form and everything that was typed, sealed as one text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from registration.models import RosterRow
from registration.rules.roster_types import Finding, RowAnswer, RowValues

ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class RowContents:
    """The opened contents of a row: `values` to work with, `typed` by column code for showing and for the workbook."""

    values: RowValues
    typed: Mapping[str, str]


def sealed_text(answer: RowAnswer) -> str:
    """What `RosterRow.sealed` keeps of a judged row; the column encrypts it."""
    whole = {"values": answer.values.as_dict(), "typed": dict(answer.typed)}
    return ENCODER.encode(whole)


def contents(row: RosterRow) -> RowContents:
    """What a row holds in full; for whoever may see the row."""
    whole = json.loads(row.sealed) if row.sealed else {"values": {}, "typed": {}}
    return RowContents(RowValues.from_dict(whole["values"]), whole["typed"])


def findings_of(row: RosterRow) -> list[Finding]:
    """The row's findings as the rules speak of them."""
    return [Finding.from_dict(one) for one in row.findings]
