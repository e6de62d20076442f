"""A sheet's XML looked through before it is parsed: far cells, formulas, hidden rows. Runs in the child process."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from .limits import Limits, RefusedError

PREFIX = rb"<(?:[A-Za-z_][\w.-]*:)?"
ROW = re.compile(PREFIX + rb"row\b([^>]*)>")
PLAIN_ROW = re.compile(rb"<row\b([^>]*)>")
HIDDEN = re.compile(rb"\bhidden\s*=\s*[\"'](?:1|true)[\"']")
FORMULA = re.compile(PREFIX + rb"f[\s/>]")
LAST_CELL = re.compile(PREFIX + rb"(?:c|row)[\s>]")
REFERENCE = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{1,7})([0-9]{1,9})[\"']")
# Cells beyond column Z or row 99,999 that hold something (a styled empty cell closes itself).
FAR = re.compile(PREFIX + rb"c\b[^>]*?\br\s*=\s*[\"'](?:[A-Za-z]{2,}[0-9]+|[A-Za-z]+[0-9]{6,})[\"'][^>]*(?<!/)>")
# What FAR cannot match without: looked for first, since nearly no sheet has it.
MAYBE_FAR = re.compile(rb"r\s*=\s*[\"'](?:[A-Za-z]{2,}[0-9]|[A-Za-z]+[0-9]{6})")
LONGEST_TAIL = 1024 * 1024


@dataclass(slots=True)
class SheetScan:
    """What a sheet's XML says about itself: row tags, hidden rows, cells with formulas, the farthest cells."""

    rows: int = 0
    hidden_rows: int = 0
    formula_count: int = 0
    formulas: set[tuple[int, int]] = field(default_factory=set)
    farthest_row: int = 0
    farthest_column: int = 0


def column_number(letters: bytes | str) -> int:
    """A → 1, Z → 26, AA → 27."""
    text = letters.decode("ascii") if isinstance(letters, bytes) else letters
    number = 0
    for letter in text.upper():
        number = number * 26 + ord(letter) - 64
    return number


def scan_sheet(pieces: Iterable[bytes], limits: Limits) -> SheetScan:
    """Look through a sheet; refuses far cells, cells longer than a spreadsheet allows, and formulas without end."""
    scan = SheetScan()
    rest = b""
    for piece in pieces:
        if b"<" not in piece and len(piece) > limits.cell_chars * 4:
            raise RefusedError("field_too_long")
        buffer = rest + piece
        cut = _last_start(buffer)
        if len(buffer) - cut > LONGEST_TAIL:
            raise RefusedError("field_too_long")
        _look(buffer[:cut], scan, limits)
        rest = buffer[cut:]
    _look(rest, scan, limits)
    if scan.farthest_row > limits.rows + limits.rows_above or scan.farthest_column > limits.columns:
        many = scan.rows > limits.rows and scan.farthest_column <= limits.columns
        raise RefusedError("too_many_rows" if many else "too_many_columns_or_rows", rows=limits.rows)
    return scan


def _last_start(buffer: bytes) -> int:
    """Where the last cell or row begins: up to there everything is whole."""
    at = len(buffer)
    while at > 0:
        at = buffer.rfind(b"<", 0, at)
        if at < 0:
            return 0
        if LAST_CELL.match(buffer, at):
            return at
    return 0


def _look(buffer: bytes, scan: SheetScan, limits: Limits) -> None:
    """Most sheets have no prefixes, no far cells, no formulas: a plain search finds that out ten times faster."""
    for attributes in (ROW if b":row" in buffer else PLAIN_ROW).findall(buffer):
        scan.rows += 1
        if HIDDEN.search(attributes):
            scan.hidden_rows += 1
    for match in FAR.finditer(buffer) if MAYBE_FAR.search(buffer) else ():
        place = REFERENCE.search(match[0])
        if place:
            scan.farthest_column = max(scan.farthest_column, column_number(place[1]))
            scan.farthest_row = max(scan.farthest_row, int(place[2]))
    for match in FORMULA.finditer(buffer) if b"<f" in buffer or b":f" in buffer else ():
        scan.formula_count += 1
        if scan.formula_count <= limits.formulas:
            scan.formulas.add(_place_before(buffer, match.start()))


def _place_before(buffer: bytes, at: int) -> tuple[int, int]:
    """Row and column of the cell that a formula stands in; (0, 0) where the cell does not say."""
    place = REFERENCE.search(buffer, _last_start(buffer[max(0, at - 4096) : at]) + max(0, at - 4096), at)
    return (int(place[2]), column_number(place[1])) if place else (0, 0)
