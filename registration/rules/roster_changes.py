"""Which cells of a row differ from the row that it would replace: pure, from what was typed and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from registration.rules.roster_types import RowValues
from registration.sheets.enums import Column


class Differences(NamedTuple):
    """`changed` holds column, old text and new text; `rewritten` are columns written otherwise that mean the same."""

    changed: tuple[tuple[Column, str, str], ...] = ()
    rewritten: tuple[Column, ...] = ()


def differences(
    old: RowValues, new: RowValues, *, old_typed: Mapping[str, str], new_typed: Mapping[str, str]
) -> Differences:
    """Column by column, in the order of the workbook; what follows from another cell alone is no change of its own."""
    changed: list[tuple[Column, str, str]] = []
    rewritten: list[Column] = []
    before, after = old.as_dict(), new.as_dict()
    for column in Column:
        was, now = old_typed.get(column.value) or "", new_typed.get(column.value) or ""
        if column is Column.ROW_ID or was == now:
            continue
        if before[column.value] and before[column.value] == after[column.value]:
            rewritten.append(column)
        else:
            changed.append((column, was, now))
    return Differences(tuple(changed), tuple(rewritten))


def places_that_differ(old: str, new: str) -> tuple[int, ...]:
    """At which places, counted from 1, two texts of one length differ; nothing where their lengths do."""
    if len(old) != len(new):
        return ()
    return tuple(place for place, (was, now) in enumerate(zip(old, new, strict=True), 1) if was != now)
