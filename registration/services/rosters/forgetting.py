"""Letting go of lists: what was never filed soon after its window, what was filed with the application (section 10)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from exams.services.settings import number
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.dates import add_months, add_years, month_start
from kupasi.people.privacy import KEPT_YEARS
from kupasi.people.storage import private_storage
from registration.enums import RUNNING, RosterStatus
from registration.models import ListFile, MarkedFile, Roster, RosterObjection, RosterPhoto, RosterRow, RosterUpload

from . import making

FILED = (RosterStatus.SUBMITTED, RosterStatus.REVIEWED)


def due(on: date) -> list[int]:
    """Lists of which something is past its time on a day: never filed and the window long over, or filed long ago."""
    closed = on - timedelta(days=number("roster_keep_days"))
    month = add_months(month_start(add_years(on, -KEPT_YEARS)), -1)
    old = Q(window__closes_on__lt=closed) & ~Q(status__in=FILED)
    rows = Roster.objects.filter(old | Q(status__in=FILED, window__exam_month__lte=month))
    held = [
        Exists(RosterRow.objects.filter(upload__roster=OuterRef("pk")).exclude(fingerprint="")),
        Exists(RosterUpload.objects.filter(roster=OuterRef("pk")).exclude(file="")),
        Exists(RosterPhoto.objects.filter(roster=OuterRef("pk"))),
    ]
    return list(rows.filter(held[0] | held[1] | held[2]).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def forget(roster_id: int, *, by: Act) -> bool:
    """Let go of a list's people, files and portraits if it is due; numbers, states and counts stay. Whether it was."""
    roster = Roster.objects.select_for_update().get(pk=roster_id)
    if roster.pk not in due(by.on) or roster.uploads.filter(state__in=RUNNING).exists():
        return False
    rows = RosterRow.objects.filter(upload__roster=roster)
    RosterObjection.objects.filter(row__in=rows, row__application=None).delete()
    gone, _ = rows.filter(application=None).delete()
    blanked = blank(rows)
    names = [*_files(roster.uploads.exclude(file="").values_list("file", flat=True))]
    names += _files(roster.photos.values_list("file", flat=True))
    roster.uploads.update(file="", name="")
    making.drop(MarkedFile.objects.filter(upload__roster=roster))
    making.drop(ListFile.objects.filter(roster=roster))
    roster.photos.all().delete()
    record(by, "roster.forgotten", roster, after={"rows": gone + blanked, "files": len(names)})
    for name in names:
        transaction.on_commit(lambda name=name: private_storage.delete(name))  # type: ignore[misc]
    return True


def blank(rows: QuerySet[RosterRow]) -> int:
    """Take out of rows who they were; how many."""
    ids = list(rows.exclude(fingerprint="").values_list("pk", flat=True))
    kept = RosterRow.objects.filter(pk__in=ids)
    nobody = Concat(Value("forgotten:"), Cast("pk", CharField()), output_field=CharField())
    kept.filter(is_current=True).update(claim=nobody)
    RosterObjection.objects.filter(row__in=ids).update(reason="")
    return kept.update(
        name="", birth_date=None, number_index="", number_tail="", phone_index="", class_name="", sealed="",
        fingerprint="", findings=[], exceptions=[],
    )  # fmt: skip


def _files(names: Iterable[str]) -> list[str]:
    return [name for name in names if name]
