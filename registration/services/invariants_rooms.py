"""Rooms that are closed: what they state is what their seats say, and their count of papers stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from exams.enums import Attendance, SittingStatus
from exams.models import Seat

CAME = (Attendance.PRESENT, Attendance.LATE)


def rooms_counted(rows: QuerySet[Any]) -> Iterable[object]:
    """Sittings whose counts are not what their seats say."""
    stated = Seat.objects.filter(sitting=OuterRef("pk")).order_by().values("sitting")
    came = stated.annotate(n=Count("pk", filter=Q(attendance__in=CAME))).values("n")
    missed = stated.annotate(n=Count("pk", filter=Q(attendance=Attendance.ABSENT))).values("n")
    counted = rows.filter(status=SittingStatus.CLOSED).annotate(
        is_in=Coalesce(Subquery(came), 0), is_out=Coalesce(Subquery(missed), 0)
    )
    return list(counted.filter(~Q(came=F("is_in")) | ~Q(missed=F("is_out"))).values_list("pk", flat=True))


def counts_unconfirmed(rows: QuerySet[Any]) -> Iterable[object]:
    """Records of closed rooms whose papers differ from those present, and nobody else has counted yet."""
    waiting = rows.filter(sitting__status=SittingStatus.CLOSED, second_by=None).exclude(papers=F("present"))
    return list(waiting.values_list("pk", flat=True))
