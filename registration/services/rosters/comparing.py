"""A changed row of a judged file beside the row of the list that it would replace, as its institution's page shows it.

Numbers and phones are masked as everywhere; where the masks are alike, the places that differ are named instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kupasi.people.masking import mask_document, mask_phone
from registration.enums import RowChange
from registration.models import RosterRow
from registration.rules.roster_changes import differences, places_that_differ
from registration.sheets.enums import Column

from .contents import contents

MASKS = {Column.NUMBER: mask_document, Column.PHONE: mask_phone}
MOST_PLACES = 4


@dataclass(frozen=True, slots=True)
class CellChange:
    """One column that changed; `note` says what masked texts cannot."""

    label: str
    old: str
    new: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class RowChanges:
    """All that changed in a row, and the columns that are only written otherwise."""

    cells: tuple[CellChange, ...] = ()
    rewritten: tuple[str, ...] = ()


def changes_of(rows: Iterable[RosterRow]) -> dict[int, RowChanges]:
    """By the row's key, for those rows that change one of the list; one query for however many."""
    changed = [one for one in rows if one.change == RowChange.CHANGED and one.replaces_id is not None]
    if not changed:
        return {}
    listed = RosterRow.objects.current().filter(roster__in={one.roster_id for one in changed})
    old = listed.in_bulk([one.replaces_id for one in changed])
    return {one.pk: _beside(old[one.replaces_id], one) for one in changed if one.replaces_id in old}


def _beside(old: RosterRow, new: RosterRow) -> RowChanges:
    was, now = contents(old), contents(new)
    found = differences(was.values, now.values, old_typed=was.typed, new_typed=now.typed)
    cells = tuple(_cell(*one) for one in found.changed)
    return RowChanges(cells, tuple(column.label for column in found.rewritten))


def _cell(column: Column, old: str, new: str) -> CellChange:
    mask = MASKS.get(column, str)
    shown, instead = mask(old), mask(new)
    return CellChange(column.label, shown, instead, _hidden(old, new) if shown == instead else "")


def _hidden(old: str, new: str) -> str:
    places = places_that_differ(old, new)
    if not places or len(places) > MOST_PLACES:
        return "遮盖的部分有改动"
    return f"第 {'、'.join(map(str, places))} 位有改动"
