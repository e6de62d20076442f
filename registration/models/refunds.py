"""Money that goes out: a ledger like the payments, never edited (rules A4, A5)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from kupasi.approvals.models import Proposal

from .applications import Application
from .money import LedgerQuerySet, Order

PERSON = settings.AUTH_USER_MODEL


class Refund(models.Model):
    """Money given back for an order: asked for by one person, approved by another, once per proposal."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="refunds", verbose_name="订单")
    application = models.ForeignKey(
        Application, models.PROTECT, null=True, blank=True, related_name="group_refunds", verbose_name="团体中的申报"
    )
    proposal = models.OneToOneField(Proposal, models.PROTECT, related_name="refund", verbose_name="审批")
    number = models.CharField("退费单号", max_length=14, unique=True, null=True)
    amount = models.DecimalField("金额（元）", max_digits=10, decimal_places=2)
    reason = models.CharField("理由", max_length=200)
    asked_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="申请人")
    approved_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="批准人")
    refunded_at = models.DateTimeField("退费时间")

    objects = LedgerQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "退费记录"
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="refund_positive", condition=Q(amount__gt=0), violation_error_message="金额要大于零。"
            ),
            models.CheckConstraint(
                name="refund_by_two",
                condition=~Q(asked_by=F("approved_by")),
                violation_error_message="退费的申请人和批准人须是不同的人。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number or '退费'} {self.amount}"
