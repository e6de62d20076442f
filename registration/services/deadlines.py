"""What the clock does: warns before a payment is due, lets the unpaid and the uncorrected lapse (rules A2, A3).

Decided here: where part of the money is in at the deadline, nothing lapses by itself. It is flagged to finance once,
stands in their queue, and a person decides. Everything asks the rows what is due, so a late or repeated run is safe.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from exams.enums import EntryStatus, SessionStatus
from exams.services import entries
from exams.services.settings import number
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.dates import is_past, local_day, month_start
from kupasi.notices.services import once
from kupasi.people.models import User
from registration.enums import ApplicationStatus
from registration.models import Application, Order
from registration.rules import has_lapsed, lapse_warning_at

from . import money
from . import office_letters as letters
from .moves import lock, move_to

S = ApplicationStatus
FLAG = "flag-part-paid"


def overdue(at: datetime) -> QuerySet[Application]:
    """Applications whose time is over: approved and not fully paid, or returned and not corrected."""
    unpaid = Q(status=S.APPROVED, pay_until__lt=at, order__in=Order.objects.short())
    uncorrected = Q(status=S.RETURNED, correct_until__lt=at)
    return Application.objects.filter(unpaid | uncorrected).order_by("pk")


def part_paid_overdue(at: datetime) -> QuerySet[Order]:
    """Orders that finance has to look at: the deadline is over and part of the money is in."""
    late = Order.objects.filter(application__status=S.APPROVED, application__pay_until__lt=at)
    return late.holding().short()


def lapse_due(at: datetime) -> list[int]:
    """Whom to look at: time over, and not partly paid."""
    partly = Q(status=S.APPROVED, order__in=Order.objects.holding())
    return list(overdue(at).exclude(partly).values_list("pk", flat=True))


def flag_due(at: datetime) -> list[int]:
    """Applications to be flagged to finance."""
    return list(part_paid_overdue(at).values_list("application_id", flat=True))


def warn_due(at: datetime) -> list[int]:
    """Approved, not fully paid, not warned, and within the warning time (a setting)."""
    soon = at + timedelta(hours=number("payment_warning_hours"))
    rows = Application.objects.filter(status=S.APPROVED, warned_at=None, pay_until__lte=soon)
    return list(rows.filter(order__in=Order.objects.short()).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def lapse(application_id: int, *, by: Act) -> bool:
    """Let one application lapse if its time is over by the rule: its place is free and its owner told."""
    application = lock(application_id)
    if not _is_over(application, at=by.at):
        return False
    order = Order.objects.filter(application=application).first()
    if application.status == S.APPROVED and order is not None and order.net > 0:
        return False
    letters.lapsed(application, by=by)
    reason = "缴费截止时间已过" if application.status == S.APPROVED else "补正截止时间已过"
    move_to(application, S.LAPSED, by=by, action="application.lapsed", reason=reason)
    money.close_order(application, by=by)
    return True


def without_original_due(at: datetime) -> list[int]:
    """Paid for, never handed in, never seated, and the exam month is over: nothing more can come of it (rules E3)."""
    rows = Application.objects.filter(
        status=S.CONFIRMED,
        original_at=None,
        entry__status=EntryStatus.ENROLLED,
        exam_session__exam_month__lt=month_start(local_day(at)),
    )
    rows = rows.exclude(exam_session__status=SessionStatus.CANCELLED)  # those are offered a choice (rules A4)
    return list(rows.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def end_without_original(application_id: int, *, by: Act) -> bool:
    """End an application whose signed original never came, so that its owner can apply anew (rules E3, A6).

    As for somebody absent, the fee stays; a refund may be asked for and granted like any other (rules A4).
    """
    application = lock(application_id)
    if application.pk not in without_original_due(by.at) or application.entry_id is None:
        return False
    reason = "评价月已过，没有收到签名的报名表原件"
    entries.cancel_entry(application.entry_id, by=by, reason=reason)
    move_to(application, S.CANCELLED, by=by, action="application.cancelled", reason=reason)
    letters.ended_without_original(application, by=by)
    return True


def _is_over(application: Application, *, at: datetime) -> bool:
    if application.status == S.RETURNED:
        return application.correct_until is not None and is_past(at, application.correct_until)
    due = application.pay_until
    return due is not None and has_lapsed(at, due, status=application.status)


@transaction.atomic
def warn(application_id: int, *, by: Act) -> bool:
    """Tell one person, once, that the payment is due soon (rules A2)."""
    application = lock(application_id)
    order = Order.objects.filter(application=application).first()
    due = application.pay_until
    if application.status != S.APPROVED or application.warned_at or order is None or due is None:
        return False
    begins = lapse_warning_at(due, hours=number("payment_warning_hours"))
    if by.at < begins or is_past(by.at, due) or order.net >= order.total:
        return False
    application.warned_at = by.at
    application.save(update_fields=["warned_at"])
    record(by, "application.payment_warned", application, after={"warned_at": by.at})
    letters.pay_soon(application, order, by=by)
    return True


@transaction.atomic
def flag_part_paid(application_id: int, *, by: Act) -> bool:
    """Tell finance, once, that the deadline is over and only part of the money is in."""
    application = lock(application_id)
    order = part_paid_overdue(by.at).filter(application=application).first()
    if order is None or not once(FLAG, str(application.pk), at=by.at):
        return False
    readers = User.objects.filter(groups__name="finance", is_active=True)
    letters.part_paid_overdue(application, order, by=by, readers=readers)
    record(by, "order.part_paid_overdue", order, after={"paid": str(order.paid), "total": str(order.total)})
    return True
