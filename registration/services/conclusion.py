"""Following the exams: results are out, so the application is done."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from kupasi.acts import Act
from registration.enums import ApplicationStatus
from registration.models import Application

from .moves import lock, move_to


@transaction.atomic
def conclude(entry_ids: Iterable[int], *, by: Act) -> int:
    """Conclude the confirmed applications of these entries; returns how many. Repeating it changes nothing."""
    due = Application.objects.filter(entry_id__in=list(entry_ids), status=ApplicationStatus.CONFIRMED)
    ids = list(due.order_by("pk").values_list("pk", flat=True))
    for pk in ids:
        move_to(lock(pk), ApplicationStatus.CONCLUDED, by=by, action="application.concluded")
    return len(ids)
