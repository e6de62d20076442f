"""A session or sitting was called off or moved: everybody in it is told and may choose, until a day (rules A4)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet

from exams.models import Disruption
from exams.services import disruptions as exams
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from registration.enums import ApplicationStatus, ChoiceStatus
from registration.models import Application, DisruptionChoice

from . import choices, money
from . import disruption_letters as letters
from .choice_rows import close, locked
from .moves import move_to

AT_ONCE = 40  # so many are told in the approver's own request; the sweep has the rest within a minute
S, C = ApplicationStatus, ChoiceStatus


def open_of_session(disruption_id: int, *, by: Act) -> None:
    """Everybody on the way to the session, paid or not."""
    disruption = Disruption.objects.get(pk=disruption_id)
    _open(disruption, Application.objects.open().filter(exam_session=disruption.exam_session_id), by=by)


def open_of_sitting(disruption_id: int, entry_ids: Iterable[int], *, by: Act) -> None:
    """Those who sat in it, or were to."""
    disruption = Disruption.objects.get(pk=disruption_id)
    _open(disruption, Application.objects.open().filter(entry__in=list(entry_ids)), by=by)


def _open(disruption: Disruption, affected: QuerySet[Application], *, by: Act) -> None:
    keys = list(affected.order_by("pk").values_list("pk", flat=True))
    older = DisruptionChoice.objects.filter(application__in=keys, status__in=[C.DUE, C.OPEN])
    older.update(status=C.REPLACED, chosen_at=by.at)
    DisruptionChoice.objects.bulk_create(
        (DisruptionChoice(disruption=disruption, application_id=pk) for pk in keys), batch_size=1000
    )
    letters.to_institutions(disruption, keys, by=by)
    for pk in to_tell().filter(disruption=disruption).values_list("pk", flat=True)[:AT_ONCE]:
        tell(pk, by=by)


def to_tell() -> QuerySet[DisruptionChoice]:
    """Whom nobody has told yet."""
    return DisruptionChoice.objects.filter(status=C.DUE).order_by("pk")


@transaction.atomic
def tell(choice_id: int, *, by: Act) -> bool:
    """Tell one person: seats and ticket go, a moved session's place is taken, the choice is open; once.

    Who has paid nothing has nothing to choose: with a moved session the application goes along, otherwise it ends.
    """
    choice, application = locked(choice_id)
    if choice.status != C.DUE:
        return False
    if application.status not in (S.SUBMITTED, S.RETURNED, S.APPROVED, S.CONFIRMED):
        close(choice, C.ENDED, by=by)
        return True
    disruption = choice.disruption
    money.confirm_if_paid(application, by=by)
    if disruption.is_of_session and application.entry_id is not None:
        exams.release(application.entry_id, by=by, reason=disruption.reason)
    moved = disruption.target_id is not None and _go_along(application, disruption, by=by)
    if application.status == S.CONFIRMED:
        choice.status, choice.told_at = C.OPEN, by.at
        choice.save(update_fields=["status", "told_at"])
        record(by, "choice.opened", choice, after={"status": choice.status, "disruption": disruption.pk})
        letters.choose(choice, application, by=by)
    elif moved:
        close(choice, C.KEPT, by=by)
        letters.moved_along(choice, application, by=by)
    else:
        _end_unpaid(choice, application, by=by)
    return True


def _go_along(application: Application, disruption: Disruption, *, by: Act) -> bool:
    """Into the session that the whole one was moved to; False where that cannot be, and the person chooses."""
    try:
        with transaction.atomic():
            choices.transfer(application, disruption.target_id or 0, by=by, reason=disruption.reason)
    except Refusal:
        application.refresh_from_db(fields=["exam_session"])
        return False
    return True


def _end_unpaid(choice: DisruptionChoice, application: Application, *, by: Act) -> None:
    """Nothing was confirmed: the application ends, and what was paid in part goes back whole."""
    if not choice.disruption.is_of_session:
        close(choice, C.KEPT, by=by)
        return
    amount = choices.owed(application)
    if amount > 0:
        choices.refund(choice, application, by=by)
        return
    reason = f"{choice.disruption}：{choice.disruption.reason}"
    move_to(application, S.CANCELLED, by=by, action="application.cancelled", reason=reason)
    money.close_order(application, by=by)
    close(choice, C.ENDED, by=by)
    letters.ended(choice, application, by=by)
