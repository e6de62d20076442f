"""Taking and freeing seats: the places where `Sitting.taken` changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import connection
from django.db.models import F

from exams.enums import Attendance
from exams.models import Entry, Seat, Sitting

CHUNK = 400  # sittings a statement


def take(sitting_id: int, *, count: int = 1) -> bool:
    """Take places by one conditional UPDATE, so that nobody oversells; False when there are not that many."""
    rows = Sitting.objects.filter(pk=sitting_id, taken__lte=F("capacity") - count)
    return bool(rows.update(taken=F("taken") + count))


def take_many(counts: Mapping[int, int]) -> bool:
    """Take places in many sittings, each by the same condition; False when one of them has not that many: the caller
    gives up and rolls back."""
    table = connection.ops.quote_name(Sitting._meta.db_table)
    wanted, taken = sorted(counts.items()), 0
    with connection.cursor() as cursor:
        for start in range(0, len(wanted), CHUNK):
            some = wanted[start : start + CHUNK]
            rows = ", ".join(["(%s, %s)"] * len(some))
            cursor.execute(
                f"UPDATE {table} SET taken = {table}.taken + asked.column2 FROM (VALUES {rows}) AS asked "
                f"WHERE {table}.id = asked.column1 AND {table}.taken + asked.column2 <= {table}.capacity",
                [one for pair in some for one in pair],
            )
            taken += int(cursor.rowcount)
    return taken == len(wanted)


def free(seats: Iterable[Seat]) -> None:
    """Give seats back; whoever was already registered as present or absent keeps the place as a record."""
    for seat in sorted(seats, key=lambda one: one.sitting_id or 0):
        if seat.sitting_id is None or seat.attendance != Attendance.UNKNOWN:
            continue
        Sitting.objects.filter(pk=seat.sitting_id, taken__gte=1).update(taken=F("taken") - 1)
        seat.sitting, seat.number = None, None
        seat.save(update_fields=["sitting", "number"])


def free_all(entry: Entry) -> None:
    """Give back every seat of an entry."""
    free(Seat.objects.filter(entry=entry))
