"""From a judged row to what is stored of it, and storing many at once: COPY on PostgreSQL, one statement on SQLite."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, cast

from django.db import connection
from django.db.models import QuerySet

from kupasi.people.crypto import blind_index, encrypt
from registration.models import RosterRow
from registration.rules.roster_cells import free_text, typed_text
from registration.sheets.cells import Formula, SheetRow
from registration.sheets.enums import Column
from registration.sheets.limits import APART

ORDER = tuple(one for one in Column if one is not Column.ROW_ID)
WIDTH = len(ORDER)
LONGEST_KEY = 40
FETCHED = 2000
ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
NOTHING = "[]"
ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})
SEALED = cast(Any, RosterRow._meta.get_field("sealed")).bound_to
TABLE = RosterRow._meta.db_table


class Line(NamedTuple):
    """What is stored of one row, in the order of the columns; `claim` and what comes later start empty.

    Ready for the database: dates and money as text, JSON as text. A list has a hundred thousand of them.
    """

    roster_id: int
    upload_id: int
    line: int
    key: str
    name: str
    birth_date: str | None
    number_index: str
    number_tail: str
    phone_index: str
    class_name: str
    occupation_id: int | None
    kind: str
    subjects: str
    fee: str | None
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


NAMES = Line._fields
QUOTED = ", ".join(f'"{name}"' for name in NAMES)


def fingerprint(row: SheetRow) -> str:
    """The keyed hash of everything that stands in a row, its place and our hidden id apart."""
    if row.columns[:WIDTH] == ORDER:
        cells = row.values[:WIDTH]
    else:  # a file without some of the columns
        known = row.cells
        cells = tuple(known.get(column) for column in ORDER)
    try:
        text = APART.join(cast(tuple[str, ...], cells))
    except TypeError:  # not all of them are texts
        text = ""
    if row.misfit or text.count(APART) != WIDTH - 1:
        return blind_index("roster-row", repr(([*cells], row.misfit)))
    return blind_index("roster-texts", text)


def row_id(row: SheetRow) -> str:
    """The hidden id that a row of our own workbook brings back; empty in other files."""
    cell = row.values[-1] if row.columns[-1] is Column.ROW_ID else None  # the last column there is
    return "" if cell is None or isinstance(cell, Formula) else free_text(typed_text(cell))[:LONGEST_KEY]


def sealed(text: str) -> str:
    """The column's ciphertext, for rows that are stored past the model."""
    return encrypt(text, bound_to=SEALED)


def as_json(value: Any) -> str:
    """JSON in one line."""
    return ENCODER.encode(value) if value else NOTHING


@lru_cache(maxsize=256)
def subjects_json(subjects: tuple[str, ...]) -> str:
    """The same for subjects, of which there are few combinations."""
    return as_json(subjects)


def plain_rows(rows: QuerySet[Any, Any]) -> Iterator[tuple[Any, ...]]:
    """What a query gives, as the database's driver has it: a list is looked through whole, and Django's own
    conversions cost more than the query."""
    sql, given = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        while chunk := cursor.fetchmany(FETCHED):
            yield from chunk


def store(lines: Sequence[Line]) -> None:
    """Write rows in one statement, in the caller's transaction."""
    if not lines:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.copy_expert(f"COPY {TABLE} ({QUOTED}) FROM STDIN", io.StringIO("".join(map(_copy_line, lines))))
            return
        places = ", ".join(["%s"] * len(NAMES))
        cursor.executemany(f"INSERT INTO {TABLE} ({QUOTED}) VALUES ({places})", lines)


def _copy_line(one: Line) -> str:
    """One line of PostgreSQL's text format; hashes and ciphertext need no escaping, but it costs little."""
    return "\t".join(_copied(one)) + "\n"


def _copied(one: Line) -> Iterable[str]:
    for value in one:
        if type(value) is str:
            yield value if value.isalnum() else value.translate(ESCAPES)
        elif value is None:
            yield "\\N"
        elif value is True or value is False:
            yield "t" if value else "f"
        else:
            yield str(value)
