"""Reading a roster's file: the parsing in a child process with limits, rows handed on in chunks.

with read_workbook(content, preset=preset) as reading:                    # raises FileRefusedError
    reading.findings, reading.rows_expected, reading.meta
    for chunk in reading.chunks():                                         # lists of SheetRow; may raise, too
        …
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from .cells import Cell, FileFinding, FileRefusedError, Formula, SheetRow
from .enums import Column
from .file_words import refusal, warning
from .header import Header, Preset, find_header, out_of_sight, plain_header
from .limits import APART, LIMITS, LONGEST_FRAME, MEBIBYTE, Limits

ROOT = Path(__file__).resolve().parents[2]
START = "import sys; sys.path.insert(0, sys.argv[2]); from registration.sheets.child import main; main()"


def read_workbook(content: bytes, *, preset: Preset | None = None, limits: Limits = LIMITS) -> Reading:
    """Open a roster's file (.xlsx, .xls, CSV in UTF-8, GB18030 or UTF-16), judged whole before its first row.

    What kind it is, the content says, never its name. Raises FileRefusedError; use the answer as a context manager, so
    that the child process ends with it. Nothing is written to a disk and no connection is made.
    """
    reading = begin_workbook(content, preset=preset, limits=limits)
    try:
        reading.start()
    except BaseException:
        reading.close()
        raise
    return reading


def begin_workbook(content: bytes, *, preset: Preset | None = None, limits: Limits = LIMITS) -> Reading:
    """The same without waiting: the child process begins to look at the file while its caller prepares other things.

    The caller asks for the judgement by `start()` inside the context. Raises FileRefusedError for a file that is too
    big to begin with.
    """
    if len(content) > limits.file_bytes:
        raise FileRefusedError(refusal("too_big", {"megabytes": limits.file_bytes // MEBIBYTE}))
    return Reading(content, preset or Preset(), limits)


class Reading:
    """A file being read: what is known of it, and its rows."""

    kind: str  # xlsx, xls or csv
    sheet: str  # the sheet's name; for a text file its encoding
    meta: Mapping[str, str]  # what our own workbook says about itself, empty for others
    findings: tuple[FileFinding, ...]  # warnings
    rows_expected: int  # rows below the header, blank ones included
    header: Header

    def __init__(self, content: bytes, preset: Preset, limits: Limits) -> None:
        self.preset = preset
        self.limits = limits
        self._buffer = bytearray()
        self._child = _child(content, limits)
        self._first: dict[str, Any] = {}
        self._head: list[Cell] = []
        self._passed: dict[str, tuple[int, int]] = {}  # by code: how many rows, the first of them

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Wait for the judgement on the file and for its header. Raises FileRefusedError."""
        about = self._frame()["about"]
        self.kind, self.sheet, self.meta = about["kind"], about["sheet"], about["meta"]
        self._first = self._frame()
        rows = self._first.get("rows", [])
        if not rows:
            raise FileRefusedError(refusal("empty"))
        told = tuple(warning(one.pop("code"), one) for one in about["warnings"])
        above = [cells_of(row) for row in rows[: self.limits.rows_above]]
        try:
            self.header = find_header(above, first_line=self._first["first"], preset=self.preset)
        except FileRefusedError as refused:  # perhaps the people stand in another sheet
            raise FileRefusedError(*refused.findings, *(one for one in told if "sheet" in one.extra)) from None
        self._head = above[self.header.line - self._first["first"]]
        self.findings = (*told, *self.header.findings, *out_of_sight(self.header, about))
        self.rows_expected = about["last"] - self.header.line
        if self.rows_expected <= 0:
            raise FileRefusedError(refusal("no_rows"))
        if self.rows_expected > self.limits.rows:
            raise FileRefusedError(refusal("too_many_rows", {"rows": self.limits.rows}))

    def chunks(self) -> Iterator[list[SheetRow]]:
        """Rows in order, blank ones left out; once. Raises FileRefusedError if the rest cannot be read."""
        frame, any_row = self._first, False
        while "end" not in frame:
            rows = list(self._rows(frame))
            any_row = any_row or bool(rows)
            if rows:
                yield rows
            frame = self._frame()
        if not any_row:
            raise FileRefusedError(refusal("no_rows"))

    def passed_over(self) -> tuple[FileFinding, ...]:
        """Rows that were not read as people, known when all chunks are: headers again, rows with a serial alone."""
        return tuple(warning(code, {"count": count, "row": row}) for code, (count, row) in self._passed.items())

    def close(self) -> None:
        """End the child process."""
        self._child.kill()
        self._child.wait()
        if self._child.stdout:
            self._child.stdout.close()

    def _rows(self, frame: Mapping[str, Any]) -> Iterator[SheetRow]:
        places = self.header.places
        width, csv, longest = self.header.width, self.kind == "csv", max(places.values()) + 1
        constants = {column: cell for column, cell in self.preset.constants.items() if column not in places}
        columns = tuple(one for one in Column if one in places or one in constants)
        further = list(constants)
        at = [places[one] if one in places else longest + further.index(one) for one in columns]
        pick = itemgetter(*at, 0)  # one more, so that it is a tuple even of one
        behind: list[Cell] = list(constants.values())
        name_at = places.get(Column.NAME, longest - 1)
        used = [place for column, place in places.items() if column is not Column.ROW_ID]
        again = str(self._head[name_at]) if name_at < len(self._head) and self._head[name_at] else APART
        for line, told in enumerate(frame["rows"], start=frame["first"]):
            row = cells_of(told)
            if line <= self.header.line:
                continue
            name = row[name_at] if len(row) > name_at else None
            is_odd = name.endswith(again) if type(name) is str and name and not name.isspace() else not _filled(name)
            if is_odd and self._passes_over(line, row, used):
                continue
            misfit = _misfit(row, width) if csv else 0
            if len(row) < longest:
                row = [*row, *[None] * (longest - len(row))]
            if behind:
                row = [*row[:longest], *behind]
            yield SheetRow(line, columns, pick(row)[:-1], misfit)

    def _passes_over(self, line: int, row: list[Cell], used: Sequence[int]) -> bool:
        """Whether nobody stands in a row: blank, the header once more, or words in no column that is read."""
        width = self.header.width
        if any(at < len(row) and _filled(row[at]) for at in used):
            if [*map(plain_header, row[:width])] != [*map(plain_header, self._head[:width])]:
                return False
            code = "header_repeated"
        elif self.kind == "csv" and any(map(_filled, row[width:])):  # its cells may have slipped to the right
            return False
        elif not any(_filled(cell) for at, cell in enumerate(row) if at != self.header.places.get(Column.ROW_ID)):
            return True  # blank, or prepared by our own workbook and not filled in
        else:
            code = "rows_passed_over"
        count, first = self._passed.get(code, (0, line))
        self._passed[code] = (count + 1, first)
        return True

    def _frame(self) -> dict[str, Any]:
        """The next frame of the child; what the child refuses, or its end before the last frame, is an error."""
        frame: dict[str, Any] = json.loads(self._line(), object_hook=_marked)
        if "refused" in frame:
            raise FileRefusedError(refusal(frame["refused"], frame["extra"]))
        return frame

    def _line(self) -> bytes:
        assert self._child.stdout is not None
        pipe = self._child.stdout.fileno()
        looked = 0
        while (end := self._buffer.find(b"\n", looked)) < 0:
            looked = len(self._buffer)
            ready, _, _ = select.select([pipe], [], [], self.limits.wait_seconds)
            piece = os.read(pipe, MEBIBYTE) if ready else b""
            if not piece or looked > LONGEST_FRAME:
                raise FileRefusedError(refusal(self._why_ended(bool(ready))))
            self._buffer += piece
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line

    def _why_ended(self, has_ended: bool) -> str:
        """Beyond its time, beyond its memory (the parser ends the process), or broken in a way nobody foresaw."""
        if not has_ended:
            return "too_slow"
        code = self._child.wait()
        if code in (-24, -9):  # SIGXCPU, SIGKILL
            return "too_slow"
        if code == -6:  # SIGABRT
            return "too_big_unpacked"
        return "rows_lost" if self._first else "not_a_valid_workbook"


def _child(content: bytes, limits: Limits) -> subprocess.Popen[bytes]:
    """The child with the content as its standard input, held in memory only, and an empty environment."""
    held = os.memfd_create("roster")
    try:
        with os.fdopen(os.dup(held), "wb") as out:
            out.write(content)
        os.lseek(held, 0, os.SEEK_SET)
        command = [sys.executable, "-I", "-c", START, json.dumps(asdict(limits)), str(ROOT)]
        return subprocess.Popen(
            command, stdin=held, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={"LANG": "C.UTF-8"}, cwd="/"
        )
    finally:
        os.close(held)


def _marked(pairs: dict[str, Any]) -> Any:
    """Dates and formulas as the child marks them; other objects are frames."""
    if len(pairs) == 1:
        if "d" in pairs:
            text = pairs["d"]
            return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
        if "f" in pairs:
            return Formula()
    return pairs


def cells_of(row: str | list[Cell]) -> list[Cell]:
    """A row as the child tells it."""
    return [*row.split(APART)] if type(row) is str else cast(list[Cell], row)


def _filled(cell: Cell) -> bool:
    return bool(cell.strip()) if type(cell) is str else cell is not None


def _misfit(row: list[Cell], width: int) -> int:
    """By how many cells a record is too long or too short; empty cells at its end do not count as too many."""
    size = len(row)
    while size > width and not _filled(row[size - 1]):
        size -= 1
    return size - width
