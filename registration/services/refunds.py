"""Refunds: judged when asked and again under the lock, a ledger row each (须知 一; rules A4, A5, S11)."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.db.models import F, Sum

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
from . import roster_letters
from .money import ZERO, group_total
from .moves import lock, move_to

FALSE_MATERIALS = tuple(clause.code for clause in CLAUSES if clause.false_materials)
BEFORE_SITTING = frozenset({EntryStatus.ENROLLED, EntryStatus.SEATED, EntryStatus.TICKETED})
S = ApplicationStatus


def locked(order_id: int) -> Order:
    """The order, locked after its application, as every service about money locks them.

    A roster's order is only read here: whose refund it is, and so which application comes first, the payload says.
    """
    own: int | None = Order.objects.values_list("application_id", flat=True).get(pk=order_id)
    if own is None:
        return Order.objects.select_related("roster").get(pk=order_id)
    return _locked(order_id, own)


def _locked(order_id: int, application_id: int | None) -> Order:
    application = lock(application_id) if application_id is not None else None
    order = Order.objects.select_for_update(of=("self",)).select_related("roster").get(pk=order_id)
    if order.roster_id is None and application is not None:
        order.application = application
    return order


def available(order: Order, *, person: int | None = None) -> Decimal:
    """How much may be given back: of an own order what is in; of a roster's one person's fee, or what was overpaid."""
    if order.roster_id is None or order.status == OrderStatus.CLOSED:
        return order.net
    if person is None:
        return max(order.net - order.total, ZERO)
    fee = order.items.filter(application=person).aggregate(total=Sum("amount"))["total"] or ZERO
    back = order.refunds.filter(application=person).aggregate(total=Sum("amount"))["total"] or ZERO
    return min(Decimal(fee) - Decimal(back), order.net)


def person_of(order: Order, person: int | None) -> Application | None:
    """Whose refund it is: the order's own applicant, or somebody on the roster."""
    if person is None:
        return order.application
    return Application.objects.distinct().get(pk=person, group_items__order=order)


def judge(order: Order, *, amount: Decimal, seen: Decimal | None = None, person: int | None = None) -> None:
    """Refuse as `judge_refund` does: never_refundable, stale, bad_amount, refund_exceeds."""
    application = order.application if person is None else Application.objects.get(pk=person)
    false_materials = application is not None and is_excluded(application)
    most = available(order, person=person)
    raise_first(judge_refund(amount, available=most, seen=seen, false_materials=false_materials))


def is_excluded(application: Application) -> bool:
    """Whether a decision on false materials stands against the person: then nothing goes back (须知 一; S1, S11)."""
    bars = Bar.objects.in_force().filter(candidate=application.candidate_id)
    if bars.filter(clause__code__in=FALSE_MATERIALS).exists():
        return True
    return keeps_fee(
        application.candidate_id, entry_id=application.entry_id, number=application.number or "", key=application.pk
    )


def ends_application(order: Order, *, amount: Decimal, person: int | None = None) -> bool:
    """Whether the refund takes back the fee of somebody who has not sat: then the application ends with it."""
    application = order.application if person is None else Application.objects.select_related("entry").get(pk=person)
    if application is None:
        return False
    if order.roster_id is not None and application.status == S.APPROVED:
        return True
    entry = application.entry
    waiting = entry is not None and entry.status in BEFORE_SITTING
    below = order.roster_id is not None or order.net - amount < order.total
    return application.status == S.CONFIRMED and waiting and below


@transaction.atomic
def pay_out(order_id: int, *, amount: Decimal, proposal: Proposal, by: Act, person: int | None = None) -> Refund:
    """Write the refund that a proposal asked for; its approver acts. Repeating it returns what is there.

    Below the full fee the application of somebody who has not sat is cancelled. `person` is the application on a
    roster's order whose fee goes back. Refuses as `judge` does.
    """
    own: int | None = Order.objects.values_list("application_id", flat=True).get(pk=order_id)
    order = _locked(order_id, own or person)
    known = Refund.objects.filter(proposal=proposal).first()
    if known is not None:
        return known
    judge(order, amount=amount, person=person)
    ends = ends_application(order, amount=amount, person=person)
    taken = Order.objects.filter(pk=order.pk, paid__gte=F("refunded") + amount).update(refunded=F("refunded") + amount)
    if not taken:
        raise Refusal("refund_exceeds", "退费不能超过可退金额，请核对后重新提出。", "须知 一")
    refund = _write(order, amount=amount, proposal=proposal, person=person, by=by)
    _settle(order, refund, by=by)
    application = order.application if person is None else lock(person)
    if ends and application is not None:
        _end(application, reason=proposal.reason, by=by)
    _tell(order, application, refund, ends=ends, by=by)
    return refund


def _tell(order: Order, application: Application | None, refund: Refund, *, ends: bool, by: Act) -> None:
    if order.roster_id is not None:
        roster_letters.refunded(order, refund, by=by)
        if ends and application is not None:
            letters.ended_in_group(application, by=by)
    elif application is not None:
        letters.refunded(application, refund, by=by)


def _write(order: Order, *, amount: Decimal, proposal: Proposal, person: int | None, by: Act) -> Refund:
    return Refund.objects.create(
        application_id=person,
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
        if refund.application_id is not None:
            order.total = group_total(order)
        empty = order.total == ZERO and order.net == ZERO
        order.status = OrderStatus.CLOSED if empty else ledger_status(order.total, order.net)
        order.save(update_fields=["status", "total"])
    after = {"order": order.pk, "amount": str(refund.amount), "refunded": str(order.refunded), "status": order.status}
    record(by, "refund.paid_out", refund, before=before, after=after, reason=refund.reason)


def _end(application: Application, *, reason: str, by: Act) -> None:
    if application.entry_id is not None:
        entries.cancel_entry(application.entry_id, by=by, reason=reason)
    move_to(application, S.CANCELLED, by=by, action="application.cancelled", reason=reason)
