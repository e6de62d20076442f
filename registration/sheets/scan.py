"""A sheet's XML looked through before it is parsed: far cells, formulas, errors, what is hidden or merged.

Runs in the child process.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import ge

from .limits import Limits, RefusedError

PREFIX = rb"<(?:[A-Za-z_][\w.-]*:)?"
# `[^<>]`, not `[^>]`: tags that are never closed would be looked through again from each of their beginnings.
ROW = re.compile(PREFIX + rb"row\b([^<>]*)>")
PLAIN_ROW = re.compile(rb"<row\b([^<>]*)>")
USUAL_ROW = re.compile(rb'<row r="([0-9]{1,9})"')
HIDDEN = re.compile(rb"\b(?:hidden\s*=\s*[\"'](?:1|true)|ht\s*=\s*[\"']0(?:\.0+)?)[\"']")
MAYBE_HIDDEN = (b"hidden", b'ht="0')
NUMBER = re.compile(rb"\s+r\s*=\s*[\"']([0-9]{1,9})[\"']")
ERROR = re.compile(PREFIX + rb"c\b[^<>]*?\bt\s*=\s*[\"']e[\"'][^<>]*>")
VALUE = re.compile(PREFIX + rb"v>(#[^<>]{1,20})<")
COLUMN = re.compile(PREFIX + rb"col\b([^<>]*)>")
FROM_TO = re.compile(rb"\b(min|max)\s*=\s*[\"']([0-9]{1,5})[\"']")
MERGED = re.compile(
    PREFIX + rb"mergeCell\b[^<>]*\bref\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})[\"']"
)
FORMULA = re.compile(PREFIX + rb"f[\s/>]")
LAST_CELL = re.compile(PREFIX + rb"(?:c|row)[\s>]")
REFERENCE = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{1,7})([0-9]{1,9})[\"']")
# Cells beyond column Z or row 99,999 that hold something (a styled empty cell closes itself).
FAR = re.compile(PREFIX + rb"c\b[^<>]*?\br\s*=\s*[\"'](?:[A-Za-z]{2,}[0-9]+|[A-Za-z]+[0-9]{6,})[\"'][^<>]*(?<!/)>")
# What FAR cannot match without: looked for first, since nearly no sheet has it.
MAYBE_FAR = re.compile(rb"r\s*=\s*[\"'](?:[A-Za-z]{2,}[0-9]|[A-Za-z]+[0-9]{6})")
LONGEST_TAIL = 1024 * 1024
MOST_ERRORS = 50_000
MOST_PLACES = 1000  # merged cells and hidden columns that are looked at


NO_VALUE = "#N/A"


@dataclass(slots=True)
class SheetScan:
    """What a sheet says about itself: row tags, what is hidden, cells with formulas, with errors, merged, the farthest.

    Places count from 1; `merged` are first row and column, last row and column.
    """

    rows: int = 0
    last_row: int = 0
    hidden_rows: int = 0
    formula_count: int = 0
    formulas: set[tuple[int, int]] = field(default_factory=set)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
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
        if not scan.rows:
            _look_at_columns(buffer[:cut], scan)
        _look(buffer[:cut], scan, limits)
        rest = buffer[cut:]
    _look(rest, scan, limits)
    for match in MERGED.finditer(rest):
        if len(scan.merged) < MOST_PLACES:
            scan.merged.append((int(match[2]), column_number(match[1]), int(match[4]), column_number(match[3])))
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
    found = (ROW if b":row" in buffer else PLAIN_ROW).findall(buffer)
    scan.rows += len(found)
    other_quotes = b"'" in buffer  # rare
    if other_quotes or any(sign in buffer for sign in MAYBE_HIDDEN):
        scan.hidden_rows += sum(HIDDEN.search(attributes) is not None for attributes in found)
    usual = USUAL_ROW.findall(buffer)
    _expect_ascending([*map(int, usual)] if len(usual) == len(found) else _lines(found, scan.last_row), scan)
    for match in FAR.finditer(buffer) if MAYBE_FAR.search(buffer) else ():
        place = REFERENCE.search(match[0])
        if place:
            scan.farthest_column = max(scan.farthest_column, column_number(place[1]))
            scan.farthest_row = max(scan.farthest_row, int(place[2]))
    for match in ERROR.finditer(buffer) if other_quotes or b'"e"' in buffer else ():
        place, value = REFERENCE.search(match[0]), VALUE.search(buffer, match.end(), match.end() + 200)
        if place is None or len(scan.errors) >= MOST_ERRORS:
            raise RefusedError("cell_errors", count=len(scan.errors), row=min(scan.errors, default=(0, 0))[0])
        shown = value[1].decode("ascii", "replace") if value else NO_VALUE
        scan.errors[int(place[2]), column_number(place[1])] = shown
    for match in FORMULA.finditer(buffer) if b"<f" in buffer or b":f" in buffer else ():
        scan.formula_count += 1
        if scan.formula_count <= limits.formulas:
            scan.formulas.add(_place_before(buffer, match.start()))


def _lines(found: Iterable[bytes], line: int) -> list[int]:
    """The numbers of rows by their attributes; a row without one is the next."""
    lines = []
    for attributes in found:
        number = NUMBER.search(attributes)
        line = int(number[1]) if number else line + 1
        lines.append(line)
    return lines


def _expect_ascending(lines: list[int], scan: SheetScan) -> None:
    """Of two rows with one number the parser would keep the cells of the later, and a person would be lost."""
    if lines and (lines[0] <= scan.last_row or any(map(ge, lines, lines[1:]))):
        raise RefusedError("not_a_valid_workbook")
    scan.last_row = lines[-1] if lines else scan.last_row


def _look_at_columns(buffer: bytes, scan: SheetScan) -> None:
    """What stands before the rows: which columns are hidden."""
    for attributes in COLUMN.findall(buffer):
        ends = dict(FROM_TO.findall(attributes))
        if HIDDEN.search(attributes) and len(ends) == 2 and len(scan.hidden_columns) < MOST_PLACES:
            scan.hidden_columns.append((int(ends[b"min"]), int(ends[b"max"])))


def _place_before(buffer: bytes, at: int) -> tuple[int, int]:
    """Row and column of the cell that a formula stands in; (0, 0) where the cell does not say."""
    place = REFERENCE.search(buffer, _last_start(buffer[max(0, at - 4096) : at]) + max(0, at - 4096), at)
    return (int(place[2]), column_number(place[1])) if place else (0, 0)
