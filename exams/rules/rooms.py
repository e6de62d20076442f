"""How a room's seats stand and are numbered; pure, so that a plan can be looked at before it is kept."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from exams.enums import Numbering, RoomState, SittingStatus

Cell = tuple[int, int]  # row from the front, column from the left, both from 1


@dataclass(frozen=True, slots=True)
class Spot:
    """A numbered seat and its cell."""

    number: int
    row: int
    column: int


def drawn(
    *,
    rows: int,
    columns: int,
    numbering: Numbering = Numbering.ROWS,
    aisles: Collection[int] = (),
    missing: Collection[Cell] = (),
) -> tuple[Spot, ...]:
    """The seats of `rows` × `columns` cells in the order of their numbers from 1.

    `aisles` are columns that are kept free, `missing` single cells without a seat; both count as cells of the grid.
    """
    gaps = set(missing)
    cells = [cell for cell in _path(rows, columns, numbering) if cell[1] not in aisles and cell not in gaps]
    return tuple(Spot(number, row, column) for number, (row, column) in enumerate(cells, start=1))


def _path(rows: int, columns: int, numbering: Numbering) -> list[Cell]:
    by_rows = numbering in (Numbering.ROWS, Numbering.ROWS_SNAKE)
    turns = numbering in (Numbering.ROWS_SNAKE, Numbering.COLUMNS_SNAKE)
    outer, inner = (rows, columns) if by_rows else (columns, rows)
    cells = []
    for one in range(1, outer + 1):
        line = range(inner, 0, -1) if turns and one % 2 == 0 else range(1, inner + 1)
        cells += [(one, other) if by_rows else (other, one) for other in line]
    return cells


def neighbours(cells: dict[int, Cell]) -> dict[int, tuple[int, ...]]:
    """For each number those that sit beside, in front or behind; an aisle or a gap between two parts them."""
    at = {cell: number for number, cell in cells.items()}
    found = {}
    for number, (row, column) in cells.items():
        around = ((row - 1, column), (row, column - 1), (row, column + 1), (row + 1, column))
        found[number] = tuple(at[cell] for cell in around if cell in at)
    return found


def in_a_line(numbers: Collection[int]) -> dict[int, Cell]:
    """Cells for a room without a plan: one seat after the other, so that those beside are the next numbers."""
    return {number: (1, number) for number in numbers}


def room_state(status: str, *, has_begun: bool, waits: bool = False) -> RoomState:
    """How far a room is: `has_begun` by the clock or by its first entry, `waits` for a second look at its count."""
    if waits:
        return RoomState.COUNTED
    if status == SittingStatus.CLOSED:
        return RoomState.CLOSED
    return RoomState.OPEN if has_begun else RoomState.BEFORE
