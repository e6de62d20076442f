"""The process that opens foreign files: limits first, then the guard, then the parser; rows leave as lines of JSON.

It knows nothing of the product (no Django, no keys, no database, an empty environment) and can write no file. Frames:
{"about": …} once, {"first": line, "rows": [row, …]} for each chunk, {"end": rows}; or {"refused": code, …}. A row is
a list of cells, or one text where all of them are texts: that is how nearly every row is, and a tenth of the work.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice
from typing import Any

from .limits import APART, LONGEST_FRAME, Limits, RefusedError
from .texts import decode, last_record, records
from .workbook import open_xls, open_xlsx  # before any file is forbidden: otherwise compiled anew for every file

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LONGEST_CELL = 1200
MOST_CHARACTERS = 1_000_000  # of one piece
LOCKED = "EncryptedPackage".encode("utf-16-le")
VBA = "_VBA_PROJECT".encode("utf-16-le")


def main() -> None:
    """Read standard input as the limits in the first argument allow."""
    limits = Limits(**json.loads(sys.argv[1]))
    _hold_to(limits)
    try:
        for frame in frames(sys.stdin.buffer.read(limits.file_bytes + 1), limits):
            _say(frame)
    except RefusedError as refused:
        _say({"refused": refused.code, "extra": refused.extra})
    except MemoryError:
        _say({"refused": "too_big_unpacked", "extra": {}})
    sys.stdout.buffer.flush()


def _say(frame: dict[str, Any]) -> None:
    line = json.dumps(frame, ensure_ascii=False, default=_plain, separators=(",", ":")).encode()
    if len(line) > LONGEST_FRAME:  # a long text that is stored once may stand in a thousand cells
        raise RefusedError("field_too_long", row=frame.get("first", 1))
    sys.stdout.buffer.write(line + b"\n")


def frames(content: bytes, limits: Limits) -> Iterator[dict[str, Any]]:
    """What is said about a file, chunk by chunk."""
    if len(content) > limits.file_bytes:
        raise RefusedError("too_big")
    if not content.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise RefusedError("empty")
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06", OLE)):
        yield from _of_workbook(content, limits)
    else:
        yield from _of_text(content, limits)


def _of_workbook(content: bytes, limits: Limits) -> Iterator[dict[str, Any]]:
    if content.startswith(OLE):
        if LOCKED in content or VBA in content:
            raise RefusedError("encrypted" if LOCKED in content else "macro_not_accepted")
        book = open_xls(content, limits)
    else:
        book = open_xlsx(content, limits)
    about = {"kind": book.kind, "sheet": book.sheet, "last": book.last_line, "meta": book.meta}
    about |= {"first_column": book.first_column, "merged": book.scan.merged, "hidden": book.scan.hidden_columns}
    yield {"about": about | {"warnings": book.warnings}}
    yield from _chunks(book.lines(), limits)


def _of_text(content: bytes, limits: Limits) -> Iterator[dict[str, Any]]:
    text, encoding = decode(content)
    last = last_record(text, limits)
    yield {"about": {"kind": "csv", "sheet": encoding, "last": last, "warnings": [], "meta": {}}}
    yield from _chunks(islice(records(text, limits), last), limits)


def _chunks(rows: Iterator[list[Any]], limits: Limits) -> Iterator[dict[str, Any]]:
    """Rows in pieces of a bounded size; a text longer than any column allows is cut, and refused with its row later."""
    chunk: list[str | list[Any]] = []
    line, size = 1, 0
    for row in rows:
        text = _joined(row)
        if text is None or len(text) > LONGEST_CELL:
            size += sum(len(cell) for cell in row if type(cell) is str)
            row = [cell[:LONGEST_CELL] if type(cell) is str else cell for cell in row]
            text = _joined(row)
        else:
            size += len(text)
        chunk.append(row if text is None else text)
        if len(chunk) == limits.chunk_rows or size > MOST_CHARACTERS:
            yield {"first": line, "rows": chunk}
            line += len(chunk)
            chunk, size = [], 0
    if chunk:
        yield {"first": line, "rows": chunk}
    yield {"end": line + len(chunk) - 1}


def _joined(row: list[Any]) -> str | None:
    """A row of texts as one text; None where it holds anything else, or what stands between cells."""
    try:
        text = APART.join(row)
    except TypeError:
        return None
    return text if row and text.count(APART) == len(row) - 1 else None


def _plain(cell: object) -> object:
    """Dates and times as marked texts; a bare time is a number that a format has hidden."""
    if isinstance(cell, datetime | date):
        return {"d": cell.isoformat()}
    return {"d": f"1899-12-31T{cell.isoformat()}" if isinstance(cell, time) else "1899-12-31"}


def _hold_to(limits: Limits) -> None:
    """Memory, processor time and files, by the system: what goes beyond ends this process alone."""
    for what, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 32),
    ):
        resource.setrlimit(what, (most, most))
