"""What lies in the drawer, counted by scanning (rules X4)."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models

from kupasi.people.roles import may_any


class StockQuerySet(models.QuerySet["StockTake"]):
    """Counts as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """All for the office's printers; nobody else finds any."""
        return self if user.is_authenticated and user.is_staff and may_any(user, "cert.print") else self.none()


class StockTake(models.Model):
    """One count: what should have lain in the drawer, what was missing, what lay there and should not."""

    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="盘点人")
    taken_at = models.DateTimeField("盘点时间")
    expected = models.PositiveIntegerField("应有")
    found = models.PositiveIntegerField("实有")
    missing = models.JSONField("缺少", help_text="证书编号")
    unexpected = models.JSONField("多出", help_text="扫描的编号和原因")

    objects = StockQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "证书盘点"
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.taken_at:%Y-%m-%d} 应有 {self.expected} 实有 {self.found}"
