"""What decisions that stand mean for others: fees that are never given back (须知 一; rules S1, S11)."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from discipline.models import Case, Effect
from discipline.rules import CLAUSES

FALSE_MATERIALS = tuple(clause.code for clause in CLAUSES if clause.false_materials)


def cases_about(user: Any, *, entry_id: int | None, number: str) -> QuerySet[Case]:
    """The cases about an application, or the entry it became, that this person may see; the newest first."""
    about = Q(application_number=number) if number else Q(pk__in=[])
    if entry_id:
        about |= Q(entry=entry_id)
    return Case.objects.visible_to(user).filter(about).select_related("clause").order_by("-pk")


def keeps_fee(candidate_id: int, *, entry_id: int | None, number: str, key: int) -> bool:
    """Whether a decision on false materials stands about this application, or took it away."""
    rows = Case.objects.filter(
        candidate=candidate_id,
        decision__clause__code__in=FALSE_MATERIALS,
        decision__carried_out_at__isnull=False,
        decision__overturned_at=None,
    )
    taken = Effect.objects.filter(case=OuterRef("pk"), label="registration.application", object_id=str(key))
    about = Q(entry=entry_id) if entry_id else Q(pk__in=[])
    if number:
        about |= Q(application_number=number)
    return rows.filter(about | Q(Exists(taken))).exists()
