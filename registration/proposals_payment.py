"""Money by bank transfer: announced by one of finance, counted when another has seen it (matrix order.mark_paid)."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from django.db import transaction
from django.urls import reverse

from kupasi.acts import Act
from kupasi.approvals.kinds import Granted, Kind, Line, Payload
from registration.enums import PaymentMethod
from registration.models import Order
from registration.services import countersigns, money, roster_orders


def _lines(order: Order, given: Payload) -> list[Line]:
    return [
        Line("缴费参考号", "", str(order)),
        Line("应缴、已到账", "", f"{order.total} 元、{order.paid} 元"),
        Line("本次到账", "", f"{given['amount']} 元"),
        Line("银行流水号", "", str(given["reference"])),
    ]


def _carry_out(granted: Granted) -> object:
    """Recorded in the name of whoever announced it, countersigned by whoever approves."""
    first = granted.proposal.asked_by
    by = Act(actor=first, at=granted.by.at, address=granted.by.address)
    payment = money.record_payment(
        granted.about.pk,
        amount=Decimal(granted.payload["amount"]),
        method=PaymentMethod.TRANSFER,
        reference=str(granted.payload["reference"]),
        by=by,
    )
    if granted.by.person.pk != first.pk:  # trying it out while asking has one person only
        countersigns.countersign(payment.pk, by=granted.by)
    if payment.order.roster_id is not None:  # its people one by one, once the money is in; the sweep has the rest
        confirm = partial(roster_orders.confirm_some, payment.order_id, by=granted.by)
        transaction.on_commit(confirm, robust=True)
    return payment


TRANSFER = Kind(
    countersigns.KIND,
    "登记银行转账",
    "order.mark_paid",
    Order,
    lambda user: Order.objects.visible_to(user),
    lambda order, given: {"paid": str(order.paid), "total": str(order.total)},
    _lines,
    _carry_out,
    hint="批准前请在银行流水中核对金额和流水号。批准后立即入账。",
    clause="通知 二(四)",
    url=lambda pk, user: reverse("admin:registration_order_pay", args=[pk]),
)
