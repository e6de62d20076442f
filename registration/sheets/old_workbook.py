"""Old workbooks (.xls) looked through for formulas, of which the parser would hand on what they once showed, for
errors, and for what is hidden or merged. Child process.

The file is a small file system (OLE 2) of 512-byte sectors with a table of chains; the stream `Workbook` is a row of
records (BIFF8): kind, length, data.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from .limits import Limits, RefusedError
from .scan import MOST_ERRORS, MOST_PLACES, NO_VALUE, SheetScan

END_OF_CHAIN = 0xFFFFFFFA  # from here on the numbers are marks
STREAMS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
SMALL_STREAM = 4096
BOUND_SHEET, BEGIN, END = 0x85, 0x809, 0x0A
FORMULAS = (0x06, 0x206, 0x406)
LOCKED, ROW, COLUMNS, TRUTH_OR_ERROR, MERGED = 0x2F, 0x208, 0x7D, 0x205, 0xE5
ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!"}


def scan_old(content: bytes, sheet: int, limits: Limits) -> SheetScan:
    """What a sheet holds besides values, by its place in the workbook (from 0)."""
    scan = SheetScan()
    try:
        stream = _workbook_stream(content)
        starts = [struct.unpack_from("<L", data)[0] for kind, data in _records(stream, 0) if kind == BOUND_SHEET]
        for kind, data in _records(stream, starts[sheet]):
            _look(kind, data, scan, limits)
    except (struct.error, IndexError) as error:
        raise RefusedError("not_a_valid_workbook") from error
    return scan


def is_locked(content: bytes) -> bool:
    """Whether the workbook needs a password; of a broken one nobody can say."""
    try:
        return any(kind == LOCKED for kind, _ in _records(_workbook_stream(content), 0))
    except (struct.error, IndexError, RefusedError):
        return False


def _look(kind: int, data: bytes, scan: SheetScan, limits: Limits) -> None:
    if kind in FORMULAS:
        row, column = struct.unpack_from("<HH", data)
        scan.formulas.add((row + 1, column + 1))
        scan.formula_count = len(scan.formulas)
        if scan.formula_count > limits.formulas:
            raise RefusedError("formula_not_accepted", count=scan.formula_count, row=min(scan.formulas)[0])
    elif kind == TRUTH_OR_ERROR and data[7:8] == b"\1" and len(scan.errors) < MOST_ERRORS:
        row, column = struct.unpack_from("<HH", data)
        scan.errors[row + 1, column + 1] = ERRORS.get(data[6], NO_VALUE)
    elif kind == ROW:
        scan.hidden_rows += bool(struct.unpack_from("<H", data, 12)[0] & 0x20)
    elif kind == COLUMNS and struct.unpack_from("<H", data, 8)[0] & 1:
        first, last = struct.unpack_from("<HH", data)
        scan.hidden_columns.append((first + 1, last + 1))
    elif kind == MERGED and len(scan.merged) < MOST_PLACES:
        for at in range(struct.unpack_from("<H", data)[0]):
            top, bottom, left, right = struct.unpack_from("<4H", data, 2 + 8 * at)
            scan.merged.append((top + 1, left + 1, bottom + 1, right + 1))


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Records from a place on, to the end of the part that begins there."""
    depth = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + size]
        depth += (kind == BEGIN) - (kind == END)
        if depth <= 0:
            return
        at += 4 + size


def _workbook_stream(content: bytes) -> bytes:
    size = 1 << struct.unpack_from("<H", content, 30)[0]
    if size not in (512, 4096):
        raise RefusedError("not_a_valid_workbook")
    table = _table(content, size)
    directory = _chain(content, table, struct.unpack_from("<L", content, 48)[0], size)
    entries = [directory[at : at + 128] for at in range(0, len(directory), 128)]
    for name in STREAMS:
        for entry in entries:
            if entry[: max(0, struct.unpack_from("<H", entry, 64)[0] - 2)] == name:
                return _stream(content, table, entries[0], entry, size)
    raise RefusedError("not_a_valid_workbook")


def _stream(content: bytes, table: list[int], root: bytes, entry: bytes, size: int) -> bytes:
    """The bytes of a stream; a small one lies in 64-byte pieces inside the root's own stream."""
    start, length = struct.unpack_from("<LL", entry, 116)
    if length >= SMALL_STREAM:
        return _chain(content, table, start, size)[:length]
    pieces = _chain(content, table, struct.unpack_from("<L", root, 116)[0], size)
    small = _chain(content, table, struct.unpack_from("<L", content, 60)[0], size)
    links = list(struct.unpack(f"<{len(small) // 4}L", small))
    return b"".join(pieces[at * 64 : at * 64 + 64] for at in _links(links, start))[:length]


def _table(content: bytes, size: int) -> list[int]:
    """Which sector follows which: the first 109 sectors of the table stand in the header, the rest in a chain."""
    sectors = list(struct.unpack_from("<109L", content, 76))
    more = struct.unpack_from("<L", content, 68)[0]
    for _ in range(len(content) // size):
        if more >= END_OF_CHAIN:
            break
        block = struct.unpack_from(f"<{size // 4}L", content, (more + 1) * size)
        sectors += block[:-1]
        more = block[-1]
    whole = b"".join(content[(at + 1) * size : (at + 2) * size] for at in sectors if at < END_OF_CHAIN)
    return list(struct.unpack(f"<{len(whole) // 4}L", whole[: len(whole) // 4 * 4]))


def _chain(content: bytes, table: list[int], start: int, size: int) -> bytes:
    return b"".join(content[(at + 1) * size : (at + 2) * size] for at in _links(table, start))


def _links(table: list[int], at: int) -> Iterator[int]:
    """A chain to its end; one that never ends is longer than its table."""
    for _ in table:
        if at >= END_OF_CHAIN:
            return
        yield at
        at = table[at]
    if at < END_OF_CHAIN:
        raise RefusedError("not_a_valid_workbook")
