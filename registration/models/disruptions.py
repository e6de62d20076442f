"""What those affected by a cancelled or moved exam choose: to go along, another month, or their fee back (rules A4)."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from exams.models import Disruption, ExamSession
from kupasi.people.models import acts_for
from kupasi.people.roles import may_any
from registration.enums import ChoiceStatus

from .applications import Application

PERSON = settings.AUTH_USER_MODEL
C = ChoiceStatus
PENDING = (C.DUE.value, C.OPEN.value)


class DisruptionChoiceQuerySet(models.QuerySet["DisruptionChoice"]):
    """Choices as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """One's own; the own institution's; all for the office that asks for refunds, approves them, or plans."""
        if not user.is_authenticated:
            return self.none()
        if not user.is_staff:
            if institution := acts_for(user, "ledger.read"):
                return self.filter(application__institution=institution)
            return self.filter(application__candidate__user=user)
        actions = ("refund.ask", "refund.approve", "plan.edit")
        return self if any(may_any(user, action) for action in actions) else self.none()


class DisruptionChoice(models.Model):
    """One application affected by a disruption: to be told, then chosen by the person, the institution or silence."""

    disruption = models.ForeignKey(Disruption, models.PROTECT, related_name="choices", verbose_name="取消与改期")
    application = models.ForeignKey(Application, models.PROTECT, related_name="choices", verbose_name="申报")
    status = models.CharField("选择", max_length=10, choices=C.choices(), default=C.DUE)
    target = models.ForeignKey(
        ExamSession, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="改到"
    )
    told_at = models.DateTimeField("告知时间", null=True, blank=True)
    chosen_at = models.DateTimeField("选择时间", null=True, blank=True)
    chosen_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="选择人"
    )

    objects = DisruptionChoiceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "改期或退费的选择"
        ordering: ClassVar = ["-disruption", "pk"]
        indexes: ClassVar = [models.Index(fields=["status"], name="choice_queue")]
        constraints: ClassVar = [
            models.UniqueConstraint(name="choice_once", fields=["disruption", "application"]),
            models.UniqueConstraint(
                name="one_pending_choice",
                fields=["application"],
                condition=Q(status__in=PENDING),
                violation_error_message="这份申报已有一项待作的选择。",
            ),
            models.CheckConstraint(name="choice_status_known", condition=Q(status__in=[one.value for one in C])),
            models.CheckConstraint(
                name="choice_moved_somewhere",
                condition=Q(status=C.MOVED.value, target__isnull=False) | (~Q(status=C.MOVED.value) & Q(target=None)),
            ),
            models.CheckConstraint(
                name="choice_made_has_moment",
                condition=Q(status__in=PENDING, chosen_at=None) | (~Q(status__in=PENDING) & Q(chosen_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.get_status_display()}"
