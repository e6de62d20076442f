"""Taking and freeing single seats: the two places where `Sitting.taken` changes."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F

from exams.enums import Attendance
from exams.models import Entry, Seat, Sitting


def take(sitting_id: int, *, count: int = 1) -> bool:
    """Take places by one conditional UPDATE, so that nobody oversells; False when there are not that many."""
    rows = Sitting.objects.filter(pk=sitting_id, taken__lte=F("capacity") - count)
    return bool(rows.update(taken=F("taken") + count))


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
