"""Every day that was counted over an unknown year, counted again once it is known; those concerned are told (C5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.db import transaction

from discipline.services import recounting as discipline
from exams.services import recounting as exams
from kupasi.acts import Act
from kupasi.notices.services import queue
from registration.enums import ChoiceStatus
from registration.models import DisruptionChoice


@transaction.atomic
def recount_disruption(disruption_id: int, *, by: Act) -> bool:
    """Count one again; whoever has not chosen yet and gets more days is told."""
    counted = exams.recount_disruption(disruption_id, by=by)
    if counted is None:
        return False
    before, after = counted
    waiting = DisruptionChoice.objects.filter(disruption=disruption_id, status=ChoiceStatus.OPEN)
    for one in waiting.select_related("application__candidate") if before != after else ():
        _tell(one, before, after, by=by)
    return True


Counting = tuple[Callable[[], list[int]], Callable[..., object]]
COUNTINGS: dict[str, Counting] = {
    "recheck": (exams.rechecks_due, exams.recount_recheck),
    "disruption": (exams.disruptions_due, recount_disruption),
    "hearing": (discipline.hearings_due, discipline.recount_hearing),
    "complaint": (discipline.complaints_due, discipline.recount_complaint),
}


def due() -> list[tuple[str, int]]:
    """What is to be counted again: the kind and the key."""
    return [(kind, key) for kind, (find, _) in COUNTINGS.items() for key in find()]


def recount(kind: str, key: int, *, by: Act) -> None:
    """Count one day again."""
    COUNTINGS[kind][1](key, by=by)


def _tell(choice: DisruptionChoice, before: date, after: date, *, by: Act) -> None:
    application = choice.application
    queue(
        by,
        key=f"disruption-choice-{choice.pk}-recounted-{after}",
        kind="disruption_recounted",
        subject="选择改期或退费的截止日已重新计算",
        body=(
            f"放假安排已公布，您的申报 {application.number} 可以在 {after} 24:00 前选择"
            f"（原暂定 {before}）。依据：须知 一。"
        ),
        candidate=application.candidate,
        url=f"/me/applications/{application.pk}/change/",
        about=application,
    )
