"""What a file is made of once it is read, and what can be wrong with it as a whole (contract 'Roster columns')."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType

from .enums import Column, Level


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell that holds a formula instead of a value; what it once showed is not looked at."""


Cell = str | int | float | bool | date | datetime | Formula | None


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row with its number as the spreadsheet shows it (the header's row counts), cells by column.

    `misfit` says by how many cells a row of a text file is longer (+) or shorter (-) than its header.
    """

    line: int
    cells: Mapping[Column, Cell]
    misfit: int = 0


@dataclass(frozen=True, slots=True)
class FileFinding:
    """Something about the file as a whole: a stable code, a sentence, and where. Never personal data."""

    code: str
    message: str
    level: Level = Level.ERROR
    row: int | None = None
    extra: Mapping[str, str | int] = field(default_factory=lambda: MappingProxyType({}))

    def as_dict(self) -> dict[str, object]:
        """For JSON: what the page and the API show."""
        return {"code": self.code, "message": self.message, "level": self.level.value, "row": self.row}


class FileRefusedError(Exception):
    """The file cannot be read as a roster; `finding` says why, and what to do."""

    def __init__(self, finding: FileFinding) -> None:
        super().__init__(finding.code)
        self.finding = finding


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may be at most; the child process that reads it is held to `memory` and `seconds` by the system."""

    file_bytes: int = 20 * 1024 * 1024
    entries: int = 500
    unpacked_bytes: int = 256 * 1024 * 1024
    ratio: int = 200
    rows: int = 100_000
    columns: int = 60
    cell_chars: int = 32_767
    formulas: int = 200
    memory_bytes: int = 240 * 1024 * 1024
    seconds: int = 60
    chunk_rows: int = 1000


LIMITS = Limits()
