"""What an invigilator sees of own rooms: sittings with their counts, seats with the end of the document number."""

from __future__ import annotations

from django.db.models import Count, Prefetch, Q, QuerySet

from exams.enums import Attendance, EntryStatus, SittingStatus
from exams.models import Seat, Sitting
from kupasi.people.models import IdentityDocument, User


def own_sittings(invigilator: User) -> QuerySet[Sitting]:
    """The sittings in which this person invigilates, with `people` and `stated`."""
    live = Q(seats__isnull=False) & ~Q(seats__entry__status=EntryStatus.CANCELLED)
    rows = Sitting.objects.filter(invigilators=invigilator).exclude(status=SittingStatus.CANCELLED)
    rows = rows.select_related("exam_session__occupation", "subject", "room__site")
    return rows.annotate(
        people=Count("seats", filter=live, distinct=True),
        stated=Count("seats", filter=live & ~Q(seats__attendance=Attendance.UNKNOWN), distinct=True),
    )


def own_seats(invigilator: User) -> QuerySet[Seat]:
    """The seats in those sittings by number, each person with `primary_documents`."""
    primary = Prefetch(
        "entry__candidate__documents", IdentityDocument.objects.filter(is_primary=True), to_attr="primary_documents"
    )
    seats = Seat.objects.visible_to(invigilator).filter(sitting__invigilators=invigilator)
    seats = seats.exclude(entry__status=EntryStatus.CANCELLED).order_by("number")
    return seats.select_related("entry__candidate", "entry__photo", "subject", "sitting").prefetch_related(primary)


def door_counts(sitting: Sitting) -> dict[str, int]:
    """How many are expected, in, and not stated yet."""
    live = Seat.objects.filter(sitting=sitting).exclude(entry__status=EntryStatus.CANCELLED)
    inside = Q(attendance__in=(Attendance.PRESENT, Attendance.LATE))
    return live.aggregate(
        people=Count("pk"),
        inside=Count("pk", filter=inside),
        awaited=Count("pk", filter=Q(attendance=Attendance.UNKNOWN)),
    )
