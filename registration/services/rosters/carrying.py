"""Rows that stand in the last file exactly so: neither judged nor written again, and never opened.

The last file that nobody took is put aside by the next one: its rows are handed on when that one is done, in one
statement a chunk, and until then they are what they were. A file that makes up the list keeps its rows: they are
copied by the database itself, chunk by chunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection

from registration.enums import UploadState
from registration.models import RosterUpload

from .lines import TABLE, as_json

COPIED = (
    "name", "birth_date", "number_index", "number_tail", "phone_index", "class_name", "occupation_id", "kind",
    "subjects", "fee", "sealed", "fingerprint", "findings", "is_valid", "is_known", "is_held", "exceptions",
)  # fmt: skip
OWN = ("roster_id", "upload_id", "line", "key", "change", "replaces_id", "is_current")


class Carried(NamedTuple):
    """A row of an earlier file (`source`), with what is new about it: its line, key, and what it is beside the list."""

    source: int
    line: int
    key: str
    change: str
    replaces: int | None


@dataclass(slots=True)
class Copying:
    """Copies rows of a file that stays as it is."""

    upload: RosterUpload

    def keep(self, rows: Sequence[Carried]) -> None:
        """Write a chunk's rows again for this file, in the caller's transaction."""
        if not rows:
            return
        copied = _quoted(COPIED)
        taken = ", ".join(f'r."{name}"' for name in COPIED)
        sql = (
            f"INSERT INTO {TABLE} ({_quoted(OWN)}, {copied}) "
            f"SELECT %s, %s, v.line, v.key, v.change, v.replaces, {_false()}, {taken} FROM ({_listed()}) v "
            f"JOIN {TABLE} r ON r.id = v.source"
        )
        _execute(sql, self.upload.roster_id, self.upload.pk, as_json(rows))

    def finish(self) -> None:
        """Nothing is left to do."""


@dataclass(slots=True)
class Moving:
    """Hands on the rows of a file that goes, when this one is done: then both change in one transaction, or neither."""

    upload: RosterUpload
    noted: list[str] = field(default_factory=list)  # JSON, which takes a third of the rows' own memory

    def keep(self, rows: Sequence[Carried]) -> None:
        """Note a chunk's rows."""
        if rows:
            self.noted.append(as_json(rows))

    def finish(self) -> None:
        """Hand on what was noted, in the caller's transaction."""
        sql = (
            f'UPDATE {TABLE} SET "upload_id" = %s, "line" = v.line, "key" = v.key, "change" = v.change, '
            f'"replaces_id" = v.replaces FROM ({_listed()}) v WHERE {TABLE}.id = v.source'
        )
        for listed in self.noted:
            _execute(sql, self.upload.pk, listed)


def carrying_for(upload: RosterUpload, source: RosterUpload | None) -> Copying | Moving:
    """How rows of the last file come into this one."""
    goes = source is not None and source.state == UploadState.JUDGED
    return Moving(upload) if goes else Copying(upload)


def _execute(sql: str, *given: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _listed() -> str:
    if connection.vendor == "postgresql":
        return (
            "SELECT (e->>0)::bigint AS source, (e->>1)::int AS line, e->>2 AS key, e->>3 AS change, "
            "(e->>4)::bigint AS replaces "
            "FROM jsonb_array_elements(%s::jsonb) e"
        )
    parts = ("source", "line", "key", "change", "replaces")
    named = ", ".join(f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(parts))
    return f"SELECT {named} FROM json_each(%s)"


def _false() -> str:
    return "FALSE" if connection.vendor == "postgresql" else "0"
