"""Following the exams: results are out, so the application is done."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from exams.services.batches import chunks
from kupasi.acts import Act
from registration.enums import ApplicationStatus
from registration.models import Application

from .moves import conclude_many


@transaction.atomic
def conclude(entry_ids: Iterable[int], *, by: Act) -> int:
    """Conclude the confirmed applications of these entries; returns how many. Repeating it changes nothing."""
    done = 0
    for some in chunks(list(entry_ids)):
        due = Application.objects.filter(entry_id__in=some, status=ApplicationStatus.CONFIRMED)
        done += conclude_many(list(due.values_list("pk", flat=True)), by=by)
    return done
