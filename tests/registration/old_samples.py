"""Old workbooks (.xls, BIFF8) that a test makes: texts, numbers, records as they are; in a file of 512-byte sectors."""

from __future__ import annotations

import struct
from collections.abc import Sequence

SECTOR = 512
NO_SECTOR, END, TABLE = b"\xff\xff\xff\xff", 0xFFFFFFFE, 0xFFFFFFFD
Cell = str | float | bytes  # bytes: a record, ready made


def record(kind: int, *parts: bytes) -> bytes:
    """One record: kind, length, data."""
    data = b"".join(parts)
    return struct.pack("<HH", kind, len(data)) + data


def error(row: int, column: int, code: int) -> bytes:
    """A cell that shows an error, such as #N/A (0x2A)."""
    return record(0x205, struct.pack("<HHHBB", row, column, 0, code, 1))


def xls(*sheets: Sequence[Sequence[Cell]], hidden: int = -1, merged: tuple[int, ...] = (), locked: bool = False,
        macros: bool = False) -> bytes:  # fmt: skip
    """A workbook of sheets; a hidden row, merged cells (first row, last row, first column, last column), a password, a
    sheet of macros of old."""
    parts = [_sheet(rows, hidden, merged) for rows in sheets]
    names = [f"Sheet{at}" for at, _ in enumerate(parts)]
    head = record(0x809, struct.pack("<HHHHLL", 0x600, 5, 0, 0, 0, 6))
    head += record(0x2F, bytes(54)) if locked else b""
    head += record(0x42, struct.pack("<H", 1200))
    at = len(head) + sum(4 + 6 + 2 + 2 * len(name) for name in names) + 4
    for number, (name, part) in enumerate(zip(names, parts, strict=True)):
        kind = int(macros and number > 0)
        head += record(0x85, struct.pack("<LBBBB", at, 0, kind, len(name), 1), name.encode("utf-16-le"))
        at += len(part)
    return _file(head + record(0x0A) + b"".join(parts))


def _sheet(rows: Sequence[Sequence[Cell]], hidden: int, merged: tuple[int, ...]) -> bytes:
    out = record(0x809, struct.pack("<HHHHLL", 0x600, 0x10, 0, 0, 0, 6))
    for line, row in enumerate(rows):
        out += record(0x208, struct.pack("<HHHHHHL", line, 0, len(row), 255, 0, 0, 0x20 if line == hidden else 0))
        for at, cell in enumerate(row):
            place = struct.pack("<HHH", line, at, 0)
            if isinstance(cell, bytes):
                out += cell
            elif isinstance(cell, float):
                out += record(0x203, place, struct.pack("<d", cell))
            elif cell:
                out += record(0x204, place, struct.pack("<HB", len(cell), 1), cell.encode("utf-16-le"))
    return out + (record(0xE5, struct.pack("<5H", 1, *merged)) if merged else b"") + record(0x0A)


def _file(stream: bytes) -> bytes:
    """Header, one sector of the table, one of the directory, then the stream (up to 63,000 bytes)."""
    stream = stream.ljust(4096, b"\0")
    stream += bytes(-len(stream) % SECTOR)
    count = len(stream) // SECTOR
    table = struct.pack(f"<{count + 2}L", TABLE, END, *range(3, count + 2), END).ljust(SECTOR, b"\xff")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<9L", 0, 1, 1, 0, 4096, END, 0, END, 0) + bytes(4)
    directory = _entry("Root Entry", 5, END, 0) + _entry("Workbook", 2, 2, len(stream)) + bytes(256)
    return head.ljust(SECTOR, b"\xff") + table + directory + stream


def _entry(name: str, kind: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    links = NO_SECTOR + NO_SECTOR + (struct.pack("<L", 1) if kind == 5 else NO_SECTOR)
    return text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1) + links + bytes(36) + struct.pack(
        "<LLL", start, size, 0)  # fmt: skip
