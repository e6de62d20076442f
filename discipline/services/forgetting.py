"""What discipline need not keep: lines of lists whose bar is over, hashes of pictures, who complained (section 10)."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from discipline.enums import FINISHED, CaseStatus
from discipline.models import Bar, BarLine, BarredPhoto, Complaint
from exams.services.settings import number
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.dates import add_years
from kupasi.people.privacy import KEPT_YEARS

JOB = "forget-breaches"
ENDED = [*FINISHED, CaseStatus.CARRIED_OUT]


def complaints_due(*, by: Act) -> QuerySet[Complaint]:
    """Answered long enough ago, and no case of theirs is still open: name and contact have done their service."""
    before = by.at - timedelta(days=number("complaint_contact_days"))
    rows = Complaint.objects.filter(answered_at__lt=before, forgotten_at=None)
    return rows.filter(Q(case=None) | Q(case__status__in=ENDED))


@transaction.atomic
def forget(*, by: Act) -> dict[str, int]:
    """Take away what is due; repeating it finds nothing more."""
    long_over = Q(barred_until__lt=add_years(by.on, -KEPT_YEARS))
    over = BarLine.objects.filter(Q(bar=None, barred_until__lt=by.on) | long_over)
    lines = over.count()
    over.delete()
    running = Bar.objects.in_force().filter(barred_until__gte=by.on).values("candidate")
    pictures = BarredPhoto.objects.filter(~Q(photo__candidate__in=running) | Q(photo__file=""))
    hashes = pictures.count()
    pictures.delete()
    told = 0
    for row in complaints_due(by=by).select_for_update(of=("self",)):
        row.name = row.contact = ""
        row.forgotten_at = by.at
        row.save(update_fields=["name", "contact", "forgotten_at"])
        record(by, "complaint.contact_forgotten", row)
        told += 1
    return {"lines": lines, "pictures": hashes, "complaints": told}
