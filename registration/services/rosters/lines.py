"""From a judged row to what is stored of it, and storing many at once: COPY on PostgreSQL, one statement on SQLite."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from kupasi.people.crypto import blind_index
from registration.models import RosterRow
from registration.rules.roster_cells import free_text, typed_text
from registration.sheets.cells import SheetRow
from registration.sheets.enums import Column

ORDER = tuple(one for one in Column if one is not Column.ROW_ID)
LONGEST_KEY = 40
ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})
SEALED = RosterRow._meta.get_field("sealed")
TABLE = RosterRow._meta.db_table


@dataclass(frozen=True, slots=True)
class Line:
    """What is stored of one row, in the order of the columns; `claim` and what comes later start empty."""

    roster_id: int
    upload_id: int
    line: int
    key: str
    name: str
    birth_date: date | None
    number_index: str
    number_tail: str
    phone_index: str
    class_name: str
    occupation_id: int | None
    kind: str
    subjects: str
    fee: Decimal | None
    sealed: str
    fingerprint: str
    findings: str
    is_valid: bool
    is_known: bool
    is_held: bool
    exceptions: str
    change: str
    replaces_id: int | None
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Carried:
    """A row that stands in an earlier file exactly so: stored again by the database itself, from row `source`."""

    source: int
    line: int
    key: str
    change: str
    replaces: int | None


NAMES = tuple(Line.__slots__)
QUOTED = ", ".join(f'"{name}"' for name in NAMES)
COPIED = (
    "name", "birth_date", "number_index", "number_tail", "phone_index", "class_name", "occupation_id", "kind",
    "subjects", "fee", "sealed", "fingerprint", "findings", "is_valid", "is_known", "is_held", "exceptions",
)  # fmt: skip


def fingerprint(row: SheetRow) -> str:
    """The keyed hash of everything that stands in a row, its place and our hidden id apart."""
    return blind_index("roster-row", repr(([row.cells.get(column) for column in ORDER], row.misfit)))


def row_id(row: SheetRow) -> str:
    """The hidden id that a row of our own workbook brings back; empty in other files."""
    cell = row.cells.get(Column.ROW_ID)
    return free_text(typed_text(cell))[:LONGEST_KEY] if cell is not None else ""


def sealed(text: str) -> str:
    """The column's ciphertext, for rows that are stored past the model."""
    return str(SEALED.get_prep_value(text))


def as_json(value: Any) -> str:
    """JSON in one line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def store(lines: Sequence[Line]) -> None:
    """Write rows in one statement, in the caller's transaction."""
    if not lines:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.copy_expert(f"COPY {TABLE} ({QUOTED}) FROM STDIN", io.StringIO("".join(map(_copy_line, lines))))
            return
        places = ", ".join(["%s"] * len(NAMES))
        cursor.executemany(f"INSERT INTO {TABLE} ({QUOTED}) VALUES ({places})", [_values(one) for one in lines])


def carry(rows: Sequence[Carried], *, roster_id: int, upload_id: int) -> None:
    """Write rows again for another file as they stand, without opening them, in the caller's transaction."""
    if not rows:
        return
    listed = as_json([[one.source, one.line, one.key, one.change, one.replaces] for one in rows])
    copied = ", ".join(f'"{name}"' for name in COPIED)
    taken = ", ".join(f'r."{name}"' for name in COPIED)
    own = '"roster_id", "upload_id", "line", "key", "change", "replaces_id", "is_current"'
    sql = (
        f"INSERT INTO {TABLE} ({own}, {copied}) "
        f"SELECT %s, %s, v.line, v.key, v.change, v.replaces, {_false()}, {taken} FROM ({_listed()}) v "
        f"JOIN {TABLE} r ON r.id = v.source"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [roster_id, upload_id, listed])


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


def _values(one: Line) -> list[Any]:
    """For SQLite, which knows neither dates nor decimals."""
    return [_plain(getattr(one, name)) for name in NAMES]


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _copy_line(one: Line) -> str:
    """One line of PostgreSQL's text format; hashes and ciphertext need no escaping, but it costs little."""
    return "\t".join(_copied(one)) + "\n"


def _copied(one: Line) -> Iterable[str]:
    for name in NAMES:
        value = getattr(one, name)
        if type(value) is str:
            yield value if value.isalnum() else value.translate(ESCAPES)
        elif value is None:
            yield "\\N"
        elif value is True or value is False:
            yield "t" if value else "f"
        else:
            yield str(value)
