"""Refunds: judged when asked and again under the lock, a ledger row each (须知 一; rules A4, A5, S11)."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.db.models import F

from discipline.models import Bar
from discipline.rules.clauses import CLAUSES
from discipline.services.standing import keeps_fee
from exams.enums import EntryStatus
from exams.services import entries
from kupasi.acts import Act
from kupasi.approvals.models import Proposal
from kupasi.audit.services import record
from kupasi.errors import Refusal, raise_first
from registration.enums import ApplicationStatus, OrderStatus
from registration.models import Application, Order, Refund
from registration.rules.money import judge_refund, ledger_status

from . import office_letters as letters
from .moves import lock, move_to

FALSE_MATERIALS = tuple(clause.code for clause in CLAUSES if clause.false_materials)
BEFORE_SITTING = frozenset({EntryStatus.ENROLLED, EntryStatus.SEATED, EntryStatus.TICKETED})
S = ApplicationStatus


def locked(order_id: int) -> Order:
    """The order, locked after its application, as every service about money locks them."""
    application = lock(Order.objects.values_list("application_id", flat=True).get(pk=order_id))
    order = Order.objects.select_for_update().get(pk=order_id)
    order.application = application
    return order


def judge(order: Order, *, amount: Decimal, seen: Decimal | None = None) -> None:
    """Refuse as `judge_refund` does: never_refundable, stale, bad_amount, refund_exceeds."""
    false_materials = is_excluded(order.application)
    raise_first(judge_refund(amount, available=order.net, seen=seen, false_materials=false_materials))


def is_excluded(application: Application) -> bool:
    """Whether a decision on false materials stands against the person: then nothing goes back (须知 一; S1, S11)."""
    bars = Bar.objects.in_force().filter(candidate=application.candidate_id)
    if bars.filter(clause__code__in=FALSE_MATERIALS).exists():
        return True
    return keeps_fee(
        application.candidate_id, entry_id=application.entry_id, number=application.number or "", key=application.pk
    )


def ends_application(order: Order, *, amount: Decimal) -> bool:
    """Whether the refund takes back the fee of somebody who has not sat: then the application ends with it."""
    application = order.application
    entry = application.entry
    waiting = entry is not None and entry.status in BEFORE_SITTING
    return application.status == S.CONFIRMED and waiting and order.net - amount < order.total


@transaction.atomic
def pay_out(order_id: int, *, amount: Decimal, proposal: Proposal, by: Act) -> Refund:
    """Write the refund that a proposal asked for; its approver acts. Repeating it returns what is there.

    Below the full fee the application of somebody who has not sat is cancelled. Refuses as `judge` does.
    """
    order = locked(order_id)
    known = Refund.objects.filter(proposal=proposal).first()
    if known is not None:
        return known
    judge(order, amount=amount)
    ends = ends_application(order, amount=amount)
    taken = Order.objects.filter(pk=order.pk, paid__gte=F("refunded") + amount).update(refunded=F("refunded") + amount)
    if not taken:
        raise Refusal("refund_exceeds", "退费不能超过可退金额，请核对后重新提出。", "须知 一")
    refund = _write(order, amount=amount, proposal=proposal, by=by)
    _settle(order, refund, by=by)
    if ends:
        _end(order.application, reason=proposal.reason, by=by)
    letters.refunded(order.application, refund, by=by)
    return refund


def _write(order: Order, *, amount: Decimal, proposal: Proposal, by: Act) -> Refund:
    return Refund.objects.create(
        number=f"TF{by.on:%y}{proposal.pk:08}",
        order=order,
        proposal=proposal,
        amount=amount,
        reason=proposal.reason,
        asked_by=proposal.asked_by,
        approved_by=by.person,
        refunded_at=by.at,
    )


def _settle(order: Order, refund: Refund, *, by: Act) -> None:
    before = {"refunded": str(order.refunded), "status": order.status}
    order.refunded += refund.amount
    if order.status != OrderStatus.CLOSED:
        order.status = ledger_status(order.total, order.net)
        order.save(update_fields=["status"])
    after = {"order": order.pk, "amount": str(refund.amount), "refunded": str(order.refunded), "status": order.status}
    record(by, "refund.paid_out", refund, before=before, after=after, reason=refund.reason)


def _end(application: Application, *, reason: str, by: Act) -> None:
    assert application.entry_id is not None
    entries.cancel_entry(application.entry_id, by=by, reason=reason)
    move_to(application, S.CANCELLED, by=by, action="application.cancelled", reason=reason)
