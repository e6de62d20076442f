"""The row of a choice: locked behind its application, closed once, along one table (rules A4)."""

from __future__ import annotations

from exams.enums import SessionStatus
from exams.services.disruptions import CLAUSE
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from registration.enums import NEXT_CHOICE, ChoiceStatus
from registration.models import Application, DisruptionChoice

from .moves import lock


def locked(choice_id: int) -> tuple[DisruptionChoice, Application]:
    """A choice behind its application, in the order in which everything about money locks them."""
    application = lock(DisruptionChoice.objects.values_list("application_id", flat=True).get(pk=choice_id))
    rows = DisruptionChoice.objects.select_for_update(of=("self",)).select_related("disruption__exam_session")
    return rows.get(pk=choice_id), application


def close(choice: DisruptionChoice, status: ChoiceStatus, *, by: Act) -> None:
    """Write what came of it. Refuses with `wrong_status` what was chosen before."""
    before = ChoiceStatus(choice.status)
    if status not in NEXT_CHOICE[before]:
        raise Refusal("wrong_status", f"这项选择已经是“{before.label}”，不能再改，请刷新页面。", CLAUSE)
    choice.status, choice.chosen_at, choice.chosen_by = status, by.at, by.actor
    choice.save(update_fields=["status", "target", "chosen_at", "chosen_by"])
    after = {"status": status, "target": choice.target_id}
    record(by, "choice.made", choice, before={"status": before}, after=after)


def has_place(application: Application) -> bool:
    """Whether there is still an exam that the person is in."""
    session = application.exam_session
    return session is not None and session.status != SessionStatus.CANCELLED
