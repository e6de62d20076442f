"""Figures that the office looks at: each a table that a script draws as a chart; without it the table is all there is.

Apps register their own; the admin's home shows them. They are counted at most once a minute for everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache

from kupasi.people.roles import may_any

SECONDS = 60
registry: dict[str, Chart] = {}


@dataclass(frozen=True, slots=True)
class Table:
    """What a chart says: a caption, the heads of the columns, and rows of a label and its figures."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart of the home page, for those who have `action` of the permission matrix; figures alone, nobody's data.

    `kinds` is how each column is drawn: `bar` or `line`.
    """

    code: str
    title: str
    action: str
    figures: Callable[[], Table]
    kinds: Sequence[str]
    unit: str = ""

    def shown(self) -> dict[str, Any]:
        """What the page draws, at most a minute old."""
        key = f"chart:{self.code}"
        table = cache.get(key)
        if table is None:
            table = self.figures()
            cache.set(key, table, SECONDS)
        return {"chart": self, "table": table, "columns": list(zip(table.heads[1:], self.kinds, strict=True))}


def register(chart: Chart) -> Chart:
    """Put a chart on the home page; the same code again replaces it."""
    registry[chart.code] = chart
    return chart


def for_person(user: Any) -> list[dict[str, Any]]:
    """The charts that this person may look at, in the order of registration."""
    return [one.shown() for one in registry.values() if may_any(user, one.action)]
