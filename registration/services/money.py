"""Orders and the ledger of payments (通知 二(四); rules A2, A5)."""

from __future__ import annotations

from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Sum

from exams.enums import EntryKind
from exams.rules.tickets import check_digit
from exams.services import entries
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal, raise_first
from kupasi.people.rules.text import squeeze
from registration.enums import OPEN, ApplicationStatus, OrderStatus, PaymentMethod
from registration.models import Application, Order, OrderItem, Payment
from registration.rules.money import judge_amount, ledger_status

from . import office_letters as letters
from . import roster_letters
from .moves import lock, move_to

REFERENCE_LENGTH = 64
ZERO = Decimal("0.00")


@transaction.atomic
def open_order(application: Application, *, by: Act) -> Order:
    """The order of a submitted application, its items and amounts as fixed at submission (rules P2).

    Call it in the transaction of the submission, after the items have their amounts. Repeating it returns the order;
    after a correction that changed the subjects, an order without any payment takes the new items.
    """
    order = Order.objects.select_for_update().filter(application=application).first()
    if order is None:
        return first_order(application, by=by)
    items = _priced(application)
    total = sum((amount for _, amount in items), ZERO)
    if order.paid == ZERO and _items_of(order) != dict(items):
        before = order.total
        order.items.all().delete()
        _write_items(order, items)
        order.total = total
        order.save(update_fields=["total"])
        record(by, "order.changed", order, before={"total": str(before)}, after={"total": str(total)})
    return order


def first_order(application: Application, *, by: Act) -> Order:
    """The order of an application that has none yet, inside the caller's transaction; the row allows only one."""
    items = _priced(application)
    total = sum((amount for _, amount in items), ZERO)
    reference = f"JF{application.number}"  # the office's one number for both, its check digit too
    order = Order.objects.create(application=application, reference=reference, total=total, created_at=by.at)
    _write_items(order, items)
    record(by, "order.opened", order, after={"total": str(total)})
    return order


def _priced(application: Application) -> list[tuple[int, Decimal]]:
    return [(item.subject_id, item.amount or ZERO) for item in application.items.all()]


def order_reference(key: int, *, year: int) -> str:
    """A roster's: JF + year + serial + a check digit (Damm), so that a mistyped reference is noticed."""
    body = f"{year % 100:02}{key:07}"
    return f"JF{body}{check_digit(body)}"


def order_of(application: Application) -> Order | None:
    """What the application is paid by: its own order, or the one of the roster that it stands on."""
    if application.institution_id is None:
        return Order.objects.filter(application=application).first()
    return Order.objects.filter(pk__in=OrderItem.objects.filter(application=application).values("order")).first()


def is_unpaid(application: Application) -> bool:
    """Whether no money has come in for it, its order locked until the caller's transaction ends."""
    order = order_of(application)
    return order is None or Order.objects.select_for_update().get(pk=order.pk).status == OrderStatus.OPEN


@transaction.atomic
def close_order(application: Application, *, by: Act) -> None:
    """Nothing more is owed: the application ended before it was paid. Money that is in stays in the ledger as it is.

    On a roster's order only this person's items go, and the amount with them, while no money is in.
    """
    if application.institution_id is not None:
        _take_out(application, by=by)
        return
    order = Order.objects.select_for_update().filter(application=application).first()
    if order is None or order.status == OrderStatus.CLOSED or order.net > ZERO:
        return
    before, order.status = order.status, OrderStatus.CLOSED
    order.save(update_fields=["status"])
    record(by, "order.closed", order, before={"status": before}, after={"status": order.status})


@transaction.atomic
def record_payment(order_id: int, *, amount: Decimal, method: str, reference: str, by: Act) -> Payment:
    """Record money received for an order, and confirm its application when it is approved and fully paid (通知 二(四)).

    The people of a roster are confirmed one by one right after (`roster_orders.confirm_due`), however many they are.
    `amount` is in yuan. Repeating a `reference` returns the payment already recorded; the same reference with another
    amount or order is refused with `reference_used`. Part and over-payment are shown by the order's status, never
    guessed. Refuses with `wrong_status`, `bad_amount`, `bad_method`, `bad_reference`.
    """
    own: int | None = Order.objects.values_list("application_id", flat=True).get(pk=order_id)
    application = lock(own) if own is not None else None
    order = Order.objects.select_for_update(of=("self",)).select_related("roster").get(pk=order_id)
    slip = squeeze(reference)
    _judge_words(amount=amount, method=method, reference=slip)
    known = Payment.objects.filter(reference=slip).first()
    if known is not None:
        return _same(known, order, amount)
    _judge_status(order, application)
    try:
        payment = _write_payment(order, amount=amount, method=PaymentMethod(method), reference=slip, by=by)
    except IntegrityError:  # somebody recorded the reference for another order at this very moment
        return _same(Payment.objects.get(reference=slip), order, amount)
    _settle(order, payment, by=by)
    if application is None:
        roster_letters.paid(payment, order, by=by)
        return payment
    order.application = application
    letters.paid(payment, order, by=by)
    confirm_if_paid(application, by=by)
    return payment


def _same(known: Payment, order: Order, amount: Decimal) -> Payment:
    """The payment recorded before under this reference, if it is the same one."""
    if known.order_id == order.pk and known.amount == amount:
        return known
    message = "这个凭证号已用于另一笔到账，请核对凭证；确实是两笔的，请各用各的凭证号。"
    raise Refusal("reference_used", message, "通知 二(四)")


def _judge_words(*, amount: Decimal, method: str, reference: str) -> None:
    """What was typed, before any row is asked."""
    bad = judge_amount(amount)
    raise_first([bad] if bad else [])
    if method not in set(PaymentMethod):
        raise Refusal("bad_method", "请选择缴费方式：现金、银行转账或刷卡。", "通知 二(四)")
    if not reference or len(reference) > REFERENCE_LENGTH or not reference.isprintable():
        raise Refusal("bad_reference", f"请填写凭证号，最多 {REFERENCE_LENGTH} 个字。", "通知 二(四)")


def _judge_status(order: Order, application: Application | None) -> None:
    if application is None and order.status == OrderStatus.CLOSED:
        raise Refusal("wrong_status", "这份团体订单已关闭，不能再登记到账；款项请原路退回。", "通知 二(四)")
    if application is not None and application.status not in OPEN:
        words = ApplicationStatus(application.status).label
        raise Refusal("wrong_status", f"这份申报现在是“{words}”，不能再登记到账；款项请原路退回。", "通知 二(四)")


@transaction.atomic
def _write_payment(order: Order, *, amount: Decimal, method: PaymentMethod, reference: str, by: Act) -> Payment:
    """The ledger row with its receipt number."""
    payment = Payment.objects.create(
        order=order, amount=amount, method=method, reference=reference, received_at=by.at, recorded_by=by.person
    )
    payment.receipt_number = f"SJ{by.on:%y}{payment.pk:08}"
    payment.save(update_fields=["receipt_number"])
    return payment


def _settle(order: Order, payment: Payment, *, by: Act) -> None:
    """Let the order follow its ledger, and write the line of the payment."""
    before = {"paid": str(order.paid), "status": order.status}
    order.paid = order.payments.aggregate(total=Sum("amount"))["total"] or ZERO
    order.status = ledger_status(order.total, order.net)
    order.save(update_fields=["paid", "status"])
    after = {"order": order.pk, "amount": str(payment.amount), "paid": str(order.paid), "status": order.status}
    record(by, "payment.recorded", payment, before=before, after=after)


@transaction.atomic
def confirm_if_paid(application: Application, *, by: Act) -> bool:
    """Enter an approved, fully paid application in its session; true when this call did it (rules 4).

    `application` is locked by the caller (`moves.lock`). The signed original is passed on if it is in (rules E3).
    """
    order = order_of(application)
    if application.status != ApplicationStatus.APPROVED or order is None or order.net < order.total:
        return False
    session = application.exam_session
    if session is None:
        return False
    application.entry = entries.enrol(
        by,
        candidate=application.candidate,
        exam_session=session,
        subjects=[item.subject for item in application.items.select_related("subject")],
        photo=application.photo,
        kind=EntryKind(application.kind),
        needs=application.needs,
        words=application.gives_up,
        builds_on=_kept_marks(application),
        institution=application.institution,
    )
    move_to(application, ApplicationStatus.CONFIRMED, by=by, action="application.confirmed")
    if application.original_at is not None:
        entries.papers_received(application.entry.pk, by=by)
    letters.confirmed(application, by=by)
    return True


def _kept_marks(application: Application) -> list[int]:
    """The passes that a retake builds on, as they stood when it was submitted (rules T2)."""
    if application.kind != EntryKind.RETAKE:
        return []
    return list(application.kept_marks.order_by("pk").values_list("pk", flat=True))


def _write_items(order: Order, items: list[tuple[int, Decimal]]) -> None:
    OrderItem.objects.bulk_create(
        OrderItem(order=order, subject_id=subject, amount=amount) for subject, amount in items
    )


def group_total(order: Order) -> Decimal:
    """What a roster owes: everybody's items, less what was given back for single people."""
    owed = order.items.aggregate(total=Sum("amount"))["total"] or ZERO
    back = order.refunds.exclude(application=None).aggregate(total=Sum("amount"))["total"] or ZERO
    return Decimal(owed) - Decimal(back)


def _take_out(application: Application, *, by: Act) -> None:
    """Take a person's items off the roster's order that has no money in yet; with nobody left it is closed."""
    found = order_of(application)
    order = Order.objects.select_for_update().get(pk=found.pk) if found is not None else None
    if order is None or order.status != OrderStatus.OPEN:
        return
    before = {"total": str(order.total)}
    order.items.filter(application=application).delete()
    order.total = group_total(order)
    if order.total == ZERO:
        order.status = OrderStatus.CLOSED
    order.save(update_fields=["total", "status"])
    record(by, "order.changed", order, before=before, after={"total": str(order.total), "status": order.status})


def _items_of(order: Order) -> dict[int, Decimal]:
    return dict(order.items.values_list("subject_id", "amount"))
