"""Figures that name nobody: sums, rates, and small groups put together until nobody can be recognised (section 10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

LEAST = 5  # decided here: a group of fewer is not shown by itself to those who see masked data only
OTHERS = "其他（人数较少，合并）"
Figure = int | Decimal


@dataclass(frozen=True, slots=True)
class StatRow:
    """A group and its figures; the first one is the number of people, marks or entries in it."""

    label: str
    figures: tuple[Figure, ...]

    @property
    def base(self) -> Figure:
        """How many there are in the group."""
        return self.figures[0]


def total(rows: Sequence[StatRow], *, width: int, label: str = "合计") -> StatRow:
    """The sum of every column; zeros where there are no rows."""
    return StatRow(label, tuple(sum((row.figures[at] for row in rows), 0) for at in range(width)))


def merge_small(rows: Sequence[StatRow], *, least: int = LEAST) -> list[StatRow]:
    """The rows with every group smaller than `least` put together, and the next smallest with them until they suffice.

    Sums stay what they are. Empty groups stay: they are nobody. Where all together are fewer than `least`, nothing
    but the empty groups is left.
    """
    small = sorted((row for row in rows if 0 < row.base < least), key=lambda row: row.base)
    if not small:
        return list(rows)
    large = sorted((row for row in rows if row.base >= least), key=lambda row: row.base)
    while sum(row.base for row in small) < least and large:
        small.append(large.pop(0))
    kept = [row for row in rows if row.base == 0 or row in large]
    if sum(row.base for row in small) < least:
        return kept
    return [*kept, total(small, width=len(small[0].figures), label=OTHERS)]


def rate(part: Figure, whole: Figure) -> str:
    """A share in per cent with one decimal, half up; a dash where there is nothing to divide by."""
    if whole <= 0:
        return "—"
    share = Decimal(part) * 100 / Decimal(whole)
    return f"{share.quantize(Decimal('0.1'), rounding=ROUND_HALF_UP)}%"
