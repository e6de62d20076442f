"""What waits for a second person in the demonstration: an inbox that has something in it for each who approves."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from certificates.enums import CertificateStatus
from certificates.models import Certificate
from exams.models import Fee, Subject
from kupasi.acts import Act
from kupasi.approvals import services as approvals
from kupasi.dates import month_start
from registration.enums import ApplicationStatus, OrderStatus
from registration.models import Order
from registration.services import countersigns

from .accounts import Book


def ask(book: Book, *, now: Act) -> None:
    """A setting, a price, a reprint, a transfer: asked for in the last days, open still."""
    _setting(book, now=now)
    _price(book, now=now)
    _reprint(now=now)
    _transfer(book, now=now)


def _setting(book: Book, *, now: Act) -> None:
    by = Act(book.users["admin"][0], now.at - timedelta(days=1))
    payload = {"key": "payment_warning_hours", "value": 72}
    reason = "缴费提醒再早一天，给需要转账的人留出时间。"
    approvals.ask(by, kind="setting_change", about=None, payload=payload, reason=reason, key="payment_warning_hours")


def _price(book: Book, *, now: Act) -> None:
    subject = Subject.objects.filter(code="practical").order_by("pk").first()
    newest = Fee.objects.filter(subject=subject).order_by("-effective_from").first()
    if subject is None or newest is None:
        return
    start = month_start(max(now.on, newest.effective_from) + timedelta(days=62))
    payload = {"amount": f"{newest.amount + Decimal(5):.2f}", "effective_from": start.isoformat()}
    by = Act(book.users["clerk"][0], now.at - timedelta(hours=5))
    approvals.ask(by, kind="fee_change", about=subject, payload=payload, reason="场地与能耗成本调整，附成本测算。")


def _reprint(*, now: Act) -> None:
    rows = Certificate.objects.filter(status=CertificateStatus.COLLECTED, candidate__user__isnull=False)
    mine = rows.select_related("candidate__user").order_by("-pk").first()
    if mine is not None and mine.candidate.user is not None:
        by = Act(mine.candidate.user, now.at - timedelta(hours=3))
        approvals.ask(by, kind="certificate_reprint", about=mine, payload={}, reason="原件遗失，请求补发。")


def _transfer(book: Book, *, now: Act) -> None:
    open_orders = Order.objects.filter(status=OrderStatus.OPEN, application__status=ApplicationStatus.APPROVED)
    order = open_orders.order_by("-pk").first()
    if order is not None:
        by = Act(book.users["finance"][0], now.at - timedelta(hours=1))
        countersigns.announce_transfer(order, amount=order.total, reference=f"DEMO-YH-{order.pk}", by=by)
