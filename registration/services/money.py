"""Orders and the ledger of payments (通知 二(四); rules A2, A5)."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from exams.rules.tickets import check_digit
from kupasi.acts import Act
from kupasi.audit.services import record
from registration.enums import OrderStatus
from registration.models import Application, Order, OrderItem

ZERO = Decimal("0.00")


@transaction.atomic
def open_order(application: Application, *, by: Act) -> Order:
    """The order of a submitted application, its items and amounts as fixed at submission (rules P2).

    Call it in the transaction of the submission, after the items have their amounts. Repeating it returns the order;
    after a correction that changed the subjects, an order without any payment takes the new items.
    """
    order = Order.objects.select_for_update().filter(application=application).first()
    items = [(item.subject_id, item.amount or ZERO) for item in application.items.all()]
    total = sum((amount for _, amount in items), ZERO)
    if order is None:
        order = Order.objects.create(application=application, total=total, created_at=by.at)
        order.reference = order_reference(order.pk, year=by.on.year)
        order.save(update_fields=["reference"])
        _write_items(order, items)
        record(by, "order.opened", order, after={"total": str(total)})
    elif order.paid == ZERO and _items_of(order) != dict(items):
        before = order.total
        order.items.all().delete()
        _write_items(order, items)
        order.total = total
        order.save(update_fields=["total"])
        record(by, "order.changed", order, before={"total": str(before)}, after={"total": str(total)})
    return order


def order_reference(key: int, *, year: int) -> str:
    """JF + year + serial + a check digit (Damm), so that a mistyped reference is noticed."""
    body = f"{year % 100:02}{key:07}"
    return f"JF{body}{check_digit(body)}"


@transaction.atomic
def close_order(application: Application, *, by: Act) -> None:
    """Nothing more is owed: the application ended before it was paid. Money that is in stays in the ledger as it is."""
    order = Order.objects.select_for_update().filter(application=application).first()
    if order is None or order.status == OrderStatus.CLOSED or order.paid > ZERO:
        return
    before, order.status = order.status, OrderStatus.CLOSED
    order.save(update_fields=["status"])
    record(by, "order.closed", order, before={"status": before}, after={"status": order.status})


def _write_items(order: Order, items: list[tuple[int, Decimal]]) -> None:
    OrderItem.objects.bulk_create(
        OrderItem(order=order, subject_id=subject, amount=amount) for subject, amount in items
    )


def _items_of(order: Order) -> dict[int, Decimal]:
    return dict(order.items.values_list("subject_id", "amount"))
