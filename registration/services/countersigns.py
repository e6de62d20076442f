"""The second person at the till: slips are compared in the daily close, transfers before they count."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from kupasi.acts import Act
from kupasi.approvals import services as approvals
from kupasi.approvals.enums import ProposalStatus
from kupasi.approvals.models import Proposal
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.rules.text import squeeze
from registration.models import Countersign, Order, Payment

KIND = "bank_transfer"
CLAUSE = "权限表"


@transaction.atomic
def countersign(payment_id: int, *, by: Act) -> Countersign:
    """A second person of finance compared the payment with its slip; doing it again changes nothing.

    Refuses `four_eyes` for whoever recorded it.
    """
    payment = Payment.objects.select_for_update(of=("self",)).get(pk=payment_id)
    if payment.recorded_by_id == by.person.pk:
        raise Refusal("four_eyes", "自己登记的到账要由另一位财务人员复核。", CLAUSE)
    known = Countersign.objects.filter(payment=payment).first()
    if known is not None:
        return known
    signed = Countersign.objects.create(
        payment=payment, recorded_by=payment.recorded_by, countersigned_by=by.person, countersigned_at=by.at
    )
    record(by, "payment.countersigned", payment, after={"order": payment.order_id, "amount": str(payment.amount)})
    return signed


def waiting_on(order: Order) -> list[Proposal]:
    """Transfers and refunds of an order that wait for a second person, the oldest first."""
    rows = Proposal.objects.filter(kind__in=[KIND, "refund"], about_type=Order._meta.label_lower)
    return list(
        rows.filter(about_id=str(order.pk), status=ProposalStatus.OPEN).select_related("asked_by").order_by("pk")
    )


def announce_transfer(order: Order, *, amount: Decimal, reference: str, by: Act) -> Proposal:
    """One of finance saw a transfer on the statement; it counts when another has seen it too.

    Announcing the same again returns what waits. Refuses as `approvals.ask` and `money.record_payment` do.
    """
    payload = {"amount": f"{amount:.2f}", "reference": squeeze(reference)}
    waiting = Proposal.objects.filter(kind=KIND, about_id=str(order.pk), status=ProposalStatus.OPEN).first()
    if waiting is not None and waiting.payload == payload:
        return waiting
    return approvals.ask(by, kind=KIND, about=order, payload=payload, reason="银行转账到账登记")
