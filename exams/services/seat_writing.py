"""Writing many seats at once: one COPY and one UPDATE on PostgreSQL, one prepared statement on SQLite."""

from __future__ import annotations

import io
from collections.abc import Sequence

from django.db import connection

from exams.models import Seat
from exams.rules.seating_facts import SeatGiven

STAGING = "seating_staged"


def write_seats(given: Sequence[SeatGiven]) -> int:
    """Write the seats of a plan where none is given yet; how many rows took theirs. Fewer than asked for means that
    somebody else wrote at the same time: the caller gives up and rolls back."""
    return _copied(given) if connection.vendor == "postgresql" else _one_by_one(given)


def _one_by_one(given: Sequence[SeatGiven]) -> int:
    table = connection.ops.quote_name(Seat._meta.db_table)
    statement = (
        f"UPDATE {table} SET sitting_id = %s, number = %s "  # the table's own name
        "WHERE entry_id = %s AND subject_id = %s AND sitting_id IS NULL"
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, [(one.sitting_id, one.number, one.entry_id, one.subject_id) for one in given])
        return int(cursor.rowcount)


def _copied(given: Sequence[SeatGiven]) -> int:
    table = connection.ops.quote_name(Seat._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE {STAGING} "
            "(entry_id bigint, subject_id bigint, sitting_id bigint, number smallint) ON COMMIT DROP"
        )
        lines = io.StringIO("".join(f"{a}\t{b}\t{c}\t{d}\n" for a, b, c, d in given))
        cursor.copy_expert(f"COPY {STAGING} FROM STDIN", lines)
        cursor.execute(f"ANALYZE {STAGING}")
        cursor.execute(
            f"UPDATE {table} AS seat SET sitting_id = staged.sitting_id, number = staged.number "
            f"FROM {STAGING} AS staged WHERE seat.entry_id = staged.entry_id "
            "AND seat.subject_id = staged.subject_id AND seat.sitting_id IS NULL"
        )
        written = int(cursor.rowcount)
        cursor.execute(f"DROP TABLE {STAGING}")
        return written
