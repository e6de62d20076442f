"""The catalogue of clauses and the bars (rules section 8)."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from kupasi.people.models import Candidate
from kupasi.people.roles import may_any


class Clause(models.Model):
    """One item of 须知 一–四 in our own plain words, with its tier and whether it presupposes a reminder."""

    code = models.CharField("条款", max_length=4)
    tier = models.PositiveSmallIntegerField("档次", help_text="须知第几条：1–4")
    text = models.CharField("内容", max_length=200)
    needs_reminder = models.BooleanField("须先提醒", default=False)
    effective_from = models.DateField("生效日")
    effective_until = models.DateField("失效日（含）", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "违纪条款"
        ordering: ClassVar = ["tier", "code"]
        constraints: ClassVar = [models.UniqueConstraint(name="clause_starts_once", fields=["code", "effective_from"])]

    def __str__(self) -> str:
        return f"须知 {self.code}"


class BarQuerySet(models.QuerySet["Bar"]):
    """Bars as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """One's own; the deciders' and reviewers'."""
        if not user.is_authenticated:
            return self.none()
        if not user.is_staff:
            return self.filter(candidate__user=user)
        allowed = may_any(user, "case.decide_23") or may_any(user, "app.review")
        return self if allowed else self.none()

    def in_force(self) -> Self:
        """Those not lifted."""
        return self.filter(lifted_at=None)

    def touching(self, first: date, last: date) -> Self:
        """Those in force that share a day with a span."""
        return self.in_force().filter(barred_from__lte=last, barred_until__gte=first)


class Bar(models.Model):
    """A span in which a person may not sit, in any occupation; the last day is included (rules S5)."""

    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="bars", verbose_name="参评人员")
    clause = models.ForeignKey(Clause, models.PROTECT, null=True, blank=True, related_name="bars", verbose_name="条款")
    barred_from = models.DateField("起始日")
    barred_until = models.DateField("截止日（含）")
    source = models.CharField("依据", max_length=120, help_text="决定书或主管部门来文的编号")
    case = models.ForeignKey(
        "discipline.Case", models.PROTECT, null=True, blank=True, related_name="bars", verbose_name="违纪事项"
    )
    recorded_at = models.DateTimeField("登记时间")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField("解除时间", null=True, blank=True)

    objects = BarQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "禁考"
        ordering: ClassVar = ["-barred_until"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="bar_days_in_order",
                condition=Q(barred_until__gte=F("barred_from")),
                violation_error_message="截止日不能早于起始日。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.barred_from:%Y-%m-%d} 至 {self.barred_until:%Y-%m-%d}"
