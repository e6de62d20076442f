"""What a file is made of once it is read, and what can be wrong with it as a whole (contract 'Roster columns')."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import NamedTuple

from .enums import Column, Level


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell that holds a formula instead of a value; what it once showed is not looked at."""


Cell = str | int | float | bool | date | datetime | Formula | None


class SheetRow(NamedTuple):
    """One row with its number as the spreadsheet shows it (the header's row counts): `values` under `columns`.

    The columns stand in the order of `Column`, whatever the file's. `misfit` says by how many cells a row of a text
    file is longer (+) or shorter (-) than its header.
    """

    line: int
    columns: tuple[Column, ...]
    values: tuple[Cell, ...]
    misfit: int = 0

    @classmethod
    def of(cls, line: int, cells: Mapping[Column, Cell]) -> SheetRow:
        """From cells by column."""
        columns = tuple(one for one in Column if one in cells)
        return cls(line, columns, tuple(cells[one] for one in columns))

    @property
    def cells(self) -> dict[Column, Cell]:
        """Cells by column: made when asked for, since most rows of a second file are known by their hash."""
        return dict(zip(self.columns, self.values, strict=True))


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
    """The file cannot be read as a roster; `findings` say why, and what to do; `finding` is the first of them."""

    def __init__(self, *findings: FileFinding) -> None:
        super().__init__(findings[0].code)
        self.findings = findings

    @property
    def finding(self) -> FileFinding:
        """The first reason."""
        return self.findings[0]
