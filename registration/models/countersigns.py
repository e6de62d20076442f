"""That a second person of finance compared a payment with its slip or with the bank's statement (四眼)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from .money import Payment

PERSON = settings.AUTH_USER_MODEL


class Countersign(models.Model):
    """The second look at a payment; never by whoever recorded it, never taken back."""

    payment = models.OneToOneField(Payment, models.PROTECT, related_name="countersign", verbose_name="到账记录")
    recorded_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="登记人")
    countersigned_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="复核人")
    countersigned_at = models.DateTimeField("复核时间")

    class Meta:
        verbose_name = verbose_name_plural = "到账复核"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="payment_countersigned_by_another",
                condition=~Q(countersigned_by=F("recorded_by")),
                violation_error_message="自己登记的到账要由另一位财务人员复核。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.payment}"
