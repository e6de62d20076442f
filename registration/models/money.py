"""Orders and payments: a ledger, never edited (rules A5)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from exams.models import Subject
from kupasi.people.models import acts_for
from kupasi.people.roles import may_any
from registration.enums import OrderStatus, PaymentMethod

from .applications import Application
from .rosters import Roster


class OrderQuerySet(models.QuerySet["Order"]):
    """Orders as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """One's own; those of what the own institution filed; all for finance and readers of the ledger."""
        if not user.is_authenticated:
            return self.none()
        if not user.is_staff:
            if institution := acts_for(user, "ledger.read"):
                return self.filter(roster__institution=institution)
            return self.filter(application__candidate__user=user)
        return self if may_any(user, "ledger.read") else self.none()

    def short(self) -> Self:
        """Not fully paid, what was given back taken off."""
        return self.filter(paid__lt=F("total") + F("refunded"))

    def holding(self) -> Self:
        """With money in that was not given back."""
        return self.filter(paid__gt=F("refunded"))


class Order(models.Model):
    """What is owed for an application or for a roster, amounts as fixed at submission; `paid`, `refunded` follow the
    ledgers.

    A roster's order is one amount under one reference for everybody on it; its items name the application that each of
    them is for, and `pay_until` is its deadline (an application's own stands on the application).
    """

    reference = models.CharField("缴费参考号", max_length=14, unique=True, null=True)
    application = models.OneToOneField(
        Application, models.PROTECT, null=True, blank=True, related_name="order", verbose_name="申报"
    )
    roster = models.OneToOneField(
        Roster, models.PROTECT, null=True, blank=True, related_name="order", verbose_name="团体申报"
    )
    total = models.DecimalField("应缴（元）", max_digits=10, decimal_places=2)
    paid = models.DecimalField("已到账（元）", max_digits=10, decimal_places=2, default=Decimal("0.00"))
    refunded = models.DecimalField("已退（元）", max_digits=10, decimal_places=2, default=Decimal("0.00"))
    status = models.CharField("状态", max_length=8, choices=OrderStatus.choices(), default=OrderStatus.OPEN)
    pay_until = models.DateTimeField("团体缴费截止", null=True, blank=True)
    invoice_title = models.CharField("发票抬头", max_length=100, blank=True)
    invoice_code = models.CharField("纳税人识别号", max_length=18, blank=True)
    created_at = models.DateTimeField("建立时间")

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "订单"
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="order_of_one",
                condition=Q(application__isnull=False, roster=None) | Q(application=None, roster__isnull=False),
                violation_error_message="一张订单属于一份个人申报或一份团体申报，不能同时属于两者。",
            ),
            models.CheckConstraint(
                name="order_total_positive", condition=Q(total__gt=0) | Q(total=0, roster__isnull=False)
            ),
            models.CheckConstraint(name="order_paid_not_negative", condition=Q(paid__gte=0)),
            models.CheckConstraint(
                name="refunded_within_paid",
                condition=Q(refunded__gte=0, refunded__lte=F("paid")),
                violation_error_message="退费合计不能超过到账合计。",
            ),
        ]

    def __str__(self) -> str:
        return self.reference or "订单"

    @property
    def net(self) -> Decimal:
        """What has come in and was not given back."""
        return self.paid - self.refunded

    @property
    def about(self) -> str:
        """The number of what is paid for."""
        of = self.application or self.roster
        return (of.number if of else None) or ""

    @property
    def state_words(self) -> str:
        """The state of what is paid for."""
        of = self.application or self.roster
        return str(of.get_status_display()) if of else ""

    @property
    def due_at(self) -> Any:
        """The payment deadline, once there is one."""
        return self.application.pay_until if self.application else self.pay_until


class OrderItem(models.Model):
    """One subject's price on an order; on a roster's order, of the person whose `application` it is."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="items", verbose_name="订单")
    application = models.ForeignKey(
        Application, models.PROTECT, null=True, blank=True, related_name="group_items", verbose_name="申报"
    )
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="+", verbose_name="科目")
    amount = models.DecimalField("金额（元）", max_digits=8, decimal_places=2)

    class Meta:
        verbose_name = verbose_name_plural = "订单明细"
        constraints: ClassVar = [
            models.UniqueConstraint(name="order_item_once", fields=["order", "subject"], condition=Q(application=None)),
            models.UniqueConstraint(
                name="group_item_once", fields=["application", "subject"], condition=Q(application__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.amount}"


class LedgerQuerySet(models.QuerySet[Any]):
    """Rows of an order's ledger (payments, refunds) as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """Along with the order."""
        if not user.is_authenticated:
            return self.none()
        if not user.is_staff:
            if institution := acts_for(user, "ledger.read"):
                return self.filter(order__roster__institution=institution)
            return self.filter(order__application__candidate__user=user)
        return self if may_any(user, "ledger.read") else self.none()


class Payment(models.Model):
    """Money received, once per reference; a row of the ledger, never edited or deleted."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="payments", verbose_name="订单")
    amount = models.DecimalField("金额（元）", max_digits=10, decimal_places=2)
    method = models.CharField("方式", max_length=10, choices=PaymentMethod.choices())
    reference = models.CharField("凭证号", max_length=64, unique=True)
    receipt_number = models.CharField("收据号", max_length=14, unique=True, null=True)
    received_at = models.DateTimeField("到账时间")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="登记人")

    objects = LedgerQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "到账记录"
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="payment_positive", condition=Q(amount__gt=0), violation_error_message="金额要大于零。"
            )
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.amount}"
