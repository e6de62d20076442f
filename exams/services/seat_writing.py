"""Writing many seats at once: staged in a table of the connection's own, then one UPDATE."""

from __future__ import annotations

import io
from collections.abc import Sequence

from django.db import connection
from django.db.backends.utils import CursorWrapper

from exams.models import Seat
from exams.rules.seating_facts import SeatGiven

STAGING = "seating_staged"
ON_SQLITE = (
    f"CREATE TEMPORARY TABLE {STAGING} (entry_id integer, subject_id integer, sitting_id integer, number integer, "
    "PRIMARY KEY (entry_id, subject_id)) WITHOUT ROWID"
)
ON_POSTGRES = (
    f"CREATE TEMPORARY TABLE {STAGING} (entry_id bigint, subject_id bigint, sitting_id bigint, number smallint) "
    "ON COMMIT DROP"
)


def write_seats(given: Sequence[SeatGiven]) -> int:
    """Write the seats of a plan where none is given yet; how many rows took theirs. Fewer than asked for means that
    somebody else wrote at the same time: the caller gives up and rolls back."""
    seat = connection.ops.quote_name(Seat._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _copy(cursor, given)
        else:
            cursor.execute(ON_SQLITE)
            cursor.executemany(f"INSERT INTO {STAGING} VALUES (%s, %s, %s, %s)", given)
        cursor.execute(
            f"UPDATE {seat} SET sitting_id = staged.sitting_id, number = staged.number "
            f"FROM {STAGING} AS staged WHERE {seat}.entry_id = staged.entry_id "
            f"AND {seat}.subject_id = staged.subject_id AND {seat}.sitting_id IS NULL"
        )
        written = int(cursor.rowcount)
        cursor.execute(f"DROP TABLE {STAGING}")
        return written


def _copy(cursor: CursorWrapper, given: Sequence[SeatGiven]) -> None:
    cursor.execute(ON_POSTGRES)
    lines = io.StringIO("".join(f"{a}\t{b}\t{c}\t{d}\n" for a, b, c, d in given))
    cursor.copy_expert(f"COPY {STAGING} FROM STDIN", lines)
    cursor.execute(f"ANALYZE {STAGING}")
