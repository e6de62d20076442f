"""What must always hold of retakes: nothing is kept beside a confirmed new application, none comes too late (四)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet

from exams.enums import EntryKind, EntrySource
from exams.models import Entry, KeptPass, Mark
from exams.rules.retakes import retake_deadline
from exams.services.kept_passes import at_stake
from exams.services.results import standing_pass
from exams.services.settings import number
from kupasi.dates import local_day
from registration.enums import LIVE, ApplicationStatus

Rows = QuerySet[Any]
CONFIRMED = (ApplicationStatus.CONFIRMED, ApplicationStatus.CONCLUDED)


def kept_beside_new(rows: Rows) -> Iterable[object]:
    """A confirmed full application that left an earlier pass standing (rules T4)."""
    earlier = Mark.objects.filter(
        standing_pass(),
        given_up=None,
        seat__entry__candidate=OuterRef("candidate"),
        seat__entry__exam_session__occupation=OuterRef("occupation"),
        seat__entry__source=EntrySource.REGULAR,
        seat__entry__lt=OuterRef("entry"),
    )
    suspects = rows.filter(Exists(earlier), kind=EntryKind.FULL, status__in=CONFIRMED, entry__isnull=False)
    return [one.pk for one in suspects.select_related("entry") if _left(one.entry, one.occupation_id)]


def _left(entry: Entry, occupation_id: int) -> bool:
    return bool(at_stake(entry.candidate_id, occupation_id, on=local_day(entry.created_at), before=entry.pk))


def built_on_given_up(rows: Rows) -> Iterable[object]:
    """A retake that builds on a pass from before a confirmed new sitting, or on one given up before it began."""
    full = Entry.objects.live().filter(
        candidate=OuterRef("candidate"),
        exam_session__occupation=OuterRef("exam_session__occupation"),
        kind=EntryKind.FULL,
        source=EntrySource.REGULAR,
        pk__lt=OuterRef("pk"),
    )
    older = KeptPass.objects.filter(entry=OuterRef(OuterRef("pk")), mark__seat__entry__lt=OuterRef("pk"))
    lost = KeptPass.objects.filter(entry=OuterRef("pk"), mark__given_up__entry__lt=F("entry"))
    retakes = rows.filter(kind=EntryKind.RETAKE)
    keys = set(retakes.filter(Exists(full.filter(Exists(older)))).values_list("pk", flat=True))
    return sorted(keys | set(retakes.filter(Exists(lost)).values_list("pk", flat=True)))


def retake_too_late(rows: Rows) -> Iterable[object]:
    """A retake handed in after a day of its kept passes, or on none at all (rules T1, T2)."""
    years = number("retake_years")
    retakes = rows.filter(kind=EntryKind.RETAKE, status__in=LIVE, submitted_at__isnull=False)
    listed = retakes.values_list("pk", "submitted_at", "kept_marks__seat__sitting__on")
    late = {pk for pk, at, passed in listed if passed is None or local_day(at) > retake_deadline(passed, years=years)}
    return sorted(late)
