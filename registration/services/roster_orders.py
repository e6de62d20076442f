"""A roster's order: opened when its review is closed, paid as one, lapsing as one (rules A2, A4, A5).

Locks are taken in the order application → order everywhere, so that a payment and a withdrawal never wait for each
other. That is why a payment records the money alone and its people are confirmed one by one in transactions of their
own; whoever is left when a worker dies is found by the next sweep.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum

from exams.services.settings import number
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.dates import is_past
from kupasi.errors import Refusal, Refusals
from kupasi.notices.services import once
from kupasi.people.models import Candidate
from registration.enums import ApplicationStatus, OrderStatus, RosterStatus
from registration.models import Application, ApplicationItem, Order, OrderItem, Refund, Roster, RosterRow
from registration.rules import lapse_warning_at
from registration.rules.invoice import judge_invoice

from . import money, roster_letters, webhooks
from . import office_letters as letters
from .moves import lock, move_to
from .review import due_after

S = ApplicationStatus
CLAUSE = "通知 二(二)"
CHUNK = 1000
ZERO = Decimal("0.00")
AT_ONCE = 50
FLAG, WARN = "flag-part-paid-order", "warn-roster-order"


@transaction.atomic
def close_review(roster_id: int, *, by: Act) -> Roster:
    """Everybody on the roster has been judged: open its one order for those approved. Repeating it changes nothing.

    Refuses with `wrong_status` before the submission, `review_open` while somebody still waits for a judgement.
    """
    roster = Roster.objects.select_for_update(of=("self",)).select_related("window", "institution").get(pk=roster_id)
    if roster.status == RosterStatus.REVIEWED:
        return roster
    if roster.status != RosterStatus.SUBMITTED:
        raise Refusal("wrong_status", "这份团体申报还没有提交，不能结束审核。", CLAUSE)
    left = waiting(roster).count()
    if left:
        raise Refusal("review_open", f"还有 {left} 人没有审核完（含待核对身份、退回补正的），请先逐一处理。", CLAUSE)
    before = {"status": roster.status}
    roster.status, roster.reviewed_at, roster.reviewed_by = RosterStatus.REVIEWED, by.at, by.person
    roster.save(update_fields=["status", "reviewed_at", "reviewed_by"])
    record(by, "roster.reviewed", roster, before=before, after={"status": roster.status})
    said = {"roster": roster.number, "status": roster.status}
    webhooks.note(roster.institution_id, event="roster.status", payload=said, by=by)
    approved = Application.objects.filter(roster_row__roster=roster, status=S.APPROVED)
    people = approved.count()
    order = _open(roster, approved, by=by) if people else None
    roster_letters.reviewed(roster, order, approved=people, by=by)
    return roster


def waiting(roster: Roster) -> QuerySet[RosterRow]:
    """The people of a submitted roster who have no judgement yet: not filed, held, to be reviewed, or sent back."""
    rows = RosterRow.objects.current().filter(roster=roster)
    unfiled = Q(application=None, refused_code="", objected_at=None)
    return rows.filter(unfiled | Q(application__status__in=[S.SUBMITTED, S.RETURNED]))


def _open(roster: Roster, approved: QuerySet[Application], *, by: Act) -> Order:
    """The order with everybody's items, as fixed when the roster was submitted (rules P2)."""
    items = ApplicationItem.objects.filter(application__in=approved)
    names = ("application_id", "subject_id", "amount")
    listed = [(pk, subject, fee or ZERO) for pk, subject, fee in items.order_by("pk").values_list(*names)]
    total = sum((fee for _, _, fee in listed), ZERO)
    due = due_after(roster.window.closes_on, by=by)
    order = Order.objects.create(
        roster=roster, total=total, pay_until=due, created_at=by.at, invoice_title=roster.institution.name,
        invoice_code=roster.institution.credit_code,
    )  # fmt: skip
    order.reference = money.order_reference(order.pk, year=by.on.year)
    order.save(update_fields=["reference"])
    OrderItem.objects.bulk_create(
        (OrderItem(order=order, application_id=pk, subject_id=subject, amount=fee) for pk, subject, fee in listed),
        batch_size=CHUNK,
    )
    approved.update(pay_until=due)
    record(by, "order.opened", order, after={"roster": roster.pk, "total": str(total), "pay_until": due})
    return order


@transaction.atomic
def keep_invoice(order_id: int, *, title: str, code: str, by: Act) -> Order:
    """Keep whom the invoice is for. Refuses with bad_title, bad_length, bad_character, bad_checksum, wrong_status."""
    order = Order.objects.select_for_update().get(pk=order_id, roster__isnull=False)
    if order.status == OrderStatus.CLOSED:
        raise Refusal("wrong_status", "这份订单已关闭，不再开票；如有疑问请联系业务受理点。", "通知 二(四)")
    plain, normal, found = judge_invoice(title, code)
    if found:
        raise Refusals(found)
    if (order.invoice_title, order.invoice_code) != (plain, normal):
        before = {"title": order.invoice_title, "code": order.invoice_code}
        order.invoice_title, order.invoice_code = plain, normal
        order.save(update_fields=["invoice_title", "invoice_code"])
        record(by, "order.invoice_kept", order, before=before, after={"title": plain, "code": normal})
    return order


def confirm_due(order_id: int | None = None) -> QuerySet[Application]:
    """Approved people whose roster has been paid for in full and who are not confirmed yet."""
    paid = Order.objects.filter(roster__isnull=False, paid__gte=F("total") + F("refunded"), paid__gt=0)
    paid = paid.exclude(status=OrderStatus.CLOSED)
    rows = Application.objects.filter(status=S.APPROVED, institution__isnull=False)
    items = OrderItem.objects.filter(order__in=paid if order_id is None else paid.filter(pk=order_id))
    return rows.filter(pk__in=items.values("application")).order_by("pk")


@transaction.atomic
def confirm_one(application_id: int, *, by: Act) -> bool:
    """Confirm one person of a paid roster; the institution that filed a person without one becomes the person's own."""
    application = lock(application_id)
    if not money.confirm_if_paid(application, by=by):
        return False
    rows = Candidate.objects.filter(pk=application.candidate_id, institution=None)
    rows.update(institution=application.institution_id)
    return True


def confirm_some(order_id: int, *, by: Act, most: int = AT_ONCE) -> int:
    """Confirm the first people of an order just paid, so that a class sees it at once; the sweep has the rest."""
    ids = list(confirm_due(order_id).values_list("pk", flat=True)[:most])
    return sum(confirm_one(pk, by=by) for pk in ids)


def people_of(order: Order) -> list[Application]:
    """The people on a roster's order, class by class, each with what is owed (`owed`) and what went back (`back`)."""
    rows = Application.objects.filter(group_items__order=order).select_related("candidate", "occupation", "roster_row")
    rows = rows.annotate(owed=Sum("group_items__amount"), back=Subquery(given_back(order)))
    return list(rows.order_by("roster_row__class_name", "number"))


def given_back(order: Order) -> QuerySet[Any, Any]:
    """What went back of an order for the application of the outer query."""
    rows = Refund.objects.filter(order=order, application=OuterRef("pk")).order_by().values("application")
    return rows.annotate(total=Sum("amount")).values("total")


# --- the deadline ----------------------------------------------------------------------------------------------------
def overdue(at: datetime) -> QuerySet[Order]:
    """Orders of rosters whose time is over and for which nothing has come in."""
    return Order.objects.filter(roster__isnull=False, status=OrderStatus.OPEN, pay_until__lt=at).order_by("pk")


def part_paid_overdue(at: datetime) -> QuerySet[Order]:
    """Orders of rosters that finance has to look at: time over, part of the money in."""
    rows = Order.objects.filter(roster__isnull=False, pay_until__lt=at).exclude(status=OrderStatus.CLOSED)
    return rows.holding().short()


def warn_due(at: datetime) -> QuerySet[Order]:
    """Orders of rosters that are not fully paid and due within the warning time (a setting)."""
    soon = at + timedelta(hours=number("payment_warning_hours"))
    rows = Order.objects.filter(roster__isnull=False, pay_until__lte=soon, pay_until__gte=at)
    return rows.exclude(status=OrderStatus.CLOSED).short().order_by("pk")


@transaction.atomic
def lapse_order(order_id: int, *, by: Act) -> bool:
    """Close an order that nobody paid in time: from here on no payment is taken, and its people lapse one by one."""
    order = Order.objects.select_for_update(of=("self",)).select_related("roster").get(pk=order_id)
    due = order.pay_until
    if order.roster is None or order.status != OrderStatus.OPEN or due is None or not is_past(by.at, due):
        return False
    order.status = OrderStatus.CLOSED
    order.save(update_fields=["status"])
    record(by, "order.closed", order, before={"status": OrderStatus.OPEN}, after={"status": order.status})
    roster_letters.lapsed(order, by=by)
    return True


def lapse_people_due() -> QuerySet[Application]:
    """Approved people whose roster's order was closed."""
    closed = OrderItem.objects.filter(order__roster__isnull=False, order__status=OrderStatus.CLOSED)
    return Application.objects.filter(status=S.APPROVED, pk__in=closed.values("application")).order_by("pk")


@transaction.atomic
def lapse_person(application_id: int, *, by: Act) -> bool:
    """Let one person of a closed order lapse: the place is free, and the person told."""
    application = lock(application_id)
    if not lapse_people_due().filter(pk=application.pk).exists():
        return False
    letters.lapsed(application, by=by)
    move_to(application, S.LAPSED, by=by, action="application.lapsed", reason="缴费截止时间已过")
    return True


@transaction.atomic
def warn_order(order_id: int, *, by: Act) -> bool:
    """Tell the institution, once, that the payment is due soon (rules A2)."""
    order = Order.objects.select_for_update(of=("self",)).select_related("roster").get(pk=order_id)
    due = order.pay_until
    if due is None or order.net >= order.total or is_past(by.at, due):
        return False
    if by.at < lapse_warning_at(due, hours=number("payment_warning_hours")):
        return False
    if not once(WARN, str(order.pk), at=by.at):
        return False
    roster_letters.pay_soon(order, by=by)
    record(by, "order.payment_warned", order, after={"warned_at": by.at})
    return True


@transaction.atomic
def flag_part_paid(order_id: int, *, by: Act) -> bool:
    """Tell finance, once, that the deadline is over and only part of the money is in."""
    order = part_paid_overdue(by.at).filter(pk=order_id).select_related("roster", "application").first()
    if order is None or not once(FLAG, str(order.pk), at=by.at):
        return False
    roster_letters.part_paid_overdue(order, by=by)
    record(by, "order.part_paid_overdue", order, after={"paid": str(order.paid), "total": str(order.total)})
    return True
