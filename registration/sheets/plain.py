"""A sheet as bare rows, for the apps below: the same guard and the same child process, no roster's header."""

from __future__ import annotations

from kupasi.errors import Refusal

from .cells import Cell, FileRefusedError
from .file_words import refusal
from .header import Preset
from .limits import MEBIBYTE, Limits
from .reading import Reading, cells_of

SMALL = Limits(file_bytes=4 * MEBIBYTE, unpacked_bytes=64 * MEBIBYTE, rows=5000, columns=20, cpu_seconds=6)


class PlainReading(Reading):
    """A file whose rows are handed on as they are."""

    def start(self) -> None:
        """Wait for the judgement on the file."""
        self.kind = self._frame()["about"]["kind"]

    def rows(self) -> list[list[Cell]]:
        """Every row from the first line of the sheet on, empty ones too."""
        found: list[list[Cell]] = []
        while "end" not in (frame := self._frame()):
            found += map(cells_of, frame["rows"])
            if len(found) > self.limits.rows:
                raise FileRefusedError(refusal("too_many_rows", {"rows": self.limits.rows}))
        return found


def read_rows(content: bytes) -> list[list[Cell]]:
    """The rows of a small file (.xlsx, .xls, CSV). Refuses with the guard's code; the sentence says what to do."""
    try:
        if len(content) > SMALL.file_bytes:
            raise FileRefusedError(refusal("too_big", {"megabytes": SMALL.file_bytes // MEBIBYTE}))
        reading = PlainReading(content, Preset(), SMALL)
        try:
            reading.start()
            return reading.rows()
        finally:
            reading.close()
    except FileRefusedError as refused:
        raise Refusal(refused.finding.code, refused.finding.message.replace("名单", "表格"), "通知 三") from refused
