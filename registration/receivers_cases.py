"""What a decision on a breach takes of the applications, and what a review gives back (rules S9–S11)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.dispatch import receiver

from discipline.models import Case
from discipline.services.ledger import Ledger
from discipline.services.restoring import CHANGED, ENTRY, Restoring
from discipline.signals import decision_carried_out, decision_overturned
from exams.models import ExamSession
from exams.services import places
from kupasi.acts import Act
from kupasi.dates import Span, month_start
from kupasi.errors import Refusal
from registration.enums import LIVE, OPEN, ApplicationStatus, OrderStatus
from registration.models import Application, Order
from registration.services.moves import tell_institutions

LABEL, ORDER = "registration.application", "registration.order"


@receiver(decision_carried_out, dispatch_uid="registration.cancel_by_decision")
def on_decision_carried_out(
    sender: Any, *, case: Case, ledger: Ledger, entry_ids: set[int], bar: Span | None, by: Act, **kwargs: Any
) -> None:
    """Cancel the applications of entries that were taken out, of months inside the bar, and the one it is about."""
    wanted = Q(entry__in=entry_ids)
    if bar is not None:
        first, beyond = month_start(bar.from_on), month_start(bar.until_on + timedelta(days=1))
        wanted |= Q(entry=None, exam_session__exam_month__gte=first, exam_session__exam_month__lt=beyond)
    if case.application_number and kwargs["answer"].marks == "sitting":
        wanted |= Q(number=case.application_number, entry=None)
    rows = Application.objects.select_for_update(of=("self",)).select_related("exam_session__occupation")
    tail = "，工作人员另行批准的除外" if kwargs["answer"].refund_grantable else ""
    ended = ledger.change(
        rows.filter(wanted, candidate=case.candidate_id, status__in=OPEN).order_by("pk"),
        group="sitting",
        words=lambda one: f"申报 {one.number}（{one.exam_session}）取消，不退费{tail}",
        status=ApplicationStatus.CANCELLED,
        ended_at=by.at,
    )
    sessions = [one.exam_session_id for one in ended]
    ExamSession.objects.filter(pk__in=sessions, taken__gt=0).update(taken=F("taken") - 1)
    _tell(ended, ApplicationStatus.CANCELLED, by=by)
    unpaid = Order.objects.select_for_update().filter(application__in=ended, status=OrderStatus.OPEN)
    ledger.change(
        unpaid.order_by("pk"),
        group="fee",
        words=lambda one: f"订单 {one.reference}（{one.total} 元，尚未缴费）关闭，不用再缴",
        status=OrderStatus.CLOSED,
    )


@receiver(decision_overturned, dispatch_uid="registration.restore_by_review")
def on_decision_overturned(sender: Any, *, restoring: Restoring, by: Act, **kwargs: Any) -> None:
    """Applications return where their entry can, the place is free, and no other one took their stead."""
    effects = restoring.of(LABEL)
    rows = restoring.rows(effects)
    by_entry = {int(one.object_id) for one in restoring.of(ENTRY)}
    for effect in effects:
        application = rows[effect.object_id]
        why = restoring.blocked_entries.get(application.entry_id or 0, "") or _why_not(application, by=by)
        if not why and not _take_place(application):
            why = "名额已满，可申请退费"
        if not why and not restoring.put_back([effect]):
            places.give_back(application.exam_session_id or 0)
            why = CHANGED
        if not why:
            _tell([application], (effect.before or {})["status"], by=by)
        else:
            restoring.leave(effect, why)
            if application.entry_id in by_entry:
                restoring.blocked_entries.setdefault(application.entry_id, why)
    _reopen_orders(restoring)


def _tell(applications: list[Application], status: str, *, by: Act) -> None:
    """The institution's own system learns the new state, as of any other move."""
    for one in applications:
        one.status = status
    tell_institutions(applications, by=by)


def _reopen_orders(restoring: Restoring) -> None:
    """What was owed is owed again by an application that came back; of one that did not, nothing is."""
    back = {one.object_id for one in restoring.effects if one.label == LABEL and one.restored_at is not None}
    effects = restoring.of(ORDER)
    rows = restoring.rows(effects)
    for effect in effects:
        if str(rows[effect.object_id].application_id) in back:
            restoring.put_back([effect])
        else:
            restoring.leave(effect, "申报没有恢复，不用缴费")


def _why_not(application: Application, *, by: Act) -> str:
    others = Application.objects.filter(candidate=application.candidate_id).exclude(pk=application.pk)
    if others.filter(occupation=application.occupation_id, status__in=OPEN).exists():
        return "此后已有同一职业的申报"
    if others.filter(exam_session=application.exam_session_id, status__in=LIVE).exists():
        return "此后已有同一场次的申报"
    session = application.exam_session
    if session is not None and month_start(session.exam_month) < month_start(by.on):
        return "评价月已过，可申请退费"
    return ""


def _take_place(application: Application) -> bool:
    try:
        with transaction.atomic():
            places.take(application.exam_session_id or 0)
    except Refusal:
        return False
    return True
