"""Old workbooks (.xls) looked through for formulas: the parser would hand on what they once showed. Child process.

The file is a small file system (OLE 2) of 512-byte sectors with a table of chains; the stream `Workbook` is a row of
records (BIFF8): kind, length, data.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from .limits import Limits, RefusedError

END_OF_CHAIN = 0xFFFFFFFA  # from here on the numbers are marks
STREAMS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
SMALL_STREAM = 4096
BOUND_SHEET, BEGIN, END = 0x85, 0x809, 0x0A
FORMULAS = (0x06, 0x206, 0x406)


def formulas_in(content: bytes, sheet: int, limits: Limits) -> set[tuple[int, int]]:
    """Row and column (from 1) of the formulas of a sheet, by its place in the workbook (from 0)."""
    try:
        stream = _workbook_stream(content)
        starts = [struct.unpack_from("<L", data)[0] for kind, data in _records(stream, 0) if kind == BOUND_SHEET]
        found = set()
        for kind, data in _records(stream, starts[sheet]):
            if kind in FORMULAS:
                row, column = struct.unpack_from("<HH", data)
                found.add((row + 1, column + 1))
                if len(found) > limits.formulas:
                    raise RefusedError("formula_not_accepted", count=len(found), row=min(found)[0])
    except (struct.error, IndexError) as error:
        raise RefusedError("not_a_valid_workbook") from error
    return found


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
