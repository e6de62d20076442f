"""Rechecks that candidates ask for, and changes of published marks (rules M6; matrix score.change_published)."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from exams.enums import MarkStatus, RecheckStatus
from kupasi.people.roles import may_any

from .marks import Mark

PERSON = settings.AUTH_USER_MODEL


class RecheckQuerySet(models.QuerySet["Recheck"]):
    """Rechecks as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """One's own; all for those who check against the sheets or read that (matrix: score.review)."""
        if not user.is_authenticated:
            return self.none()
        if not user.is_staff:
            return self.filter(mark__seat__entry__candidate__user=user)
        return self if may_any(user, "score.review") else self.none()

    def open(self) -> Self:
        """Those that wait for an answer."""
        return self.filter(status=RecheckStatus.ASKED)


class Recheck(models.Model):
    """成绩复核 of one published mark, asked for once: asked → upheld or corrected (rules M6)."""

    mark = models.OneToOneField(Mark, models.PROTECT, related_name="recheck", verbose_name="成绩")
    points = models.JSONField("复核内容")
    status = models.CharField("状态", max_length=10, choices=RecheckStatus.choices(), default=RecheckStatus.ASKED)
    asked_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="申请人")
    asked_at = models.DateTimeField("申请时间")
    due_on = models.DateField("答复期限")
    is_provisional = models.BooleanField("暂定", default=False)
    answer = models.CharField("答复", max_length=300, blank=True)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    answered_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")

    objects = RecheckQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "成绩复核"
        ordering: ClassVar = ["due_on", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="answered_recheck_has_answer",
                condition=Q(status=RecheckStatus.ASKED.value, answered_at=None, answered_by=None)
                | Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(status=RecheckStatus.ASKED.value),
            ),
            models.CheckConstraint(
                name="recheck_answered_by_another",
                condition=Q(answered_by=None) | ~Q(answered_by=F("asked_by")),
                violation_error_message="申请人不能答复自己的复核。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mark} 复核"


class MarkChange(models.Model):
    """A published mark that two people changed for a reason; the old one stays here for ever."""

    mark = models.ForeignKey(Mark, models.PROTECT, related_name="changes", verbose_name="成绩")
    old_status = models.CharField("原状态", max_length=10, choices=MarkStatus.choices())
    old_value = models.DecimalField("原分数", max_digits=4, decimal_places=1, null=True, blank=True)
    new_status = models.CharField("新状态", max_length=10, choices=MarkStatus.choices())
    new_value = models.DecimalField("新分数", max_digits=4, decimal_places=1, null=True, blank=True)
    reason = models.CharField("理由", max_length=200)
    asked_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="提出人")
    approved_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="批准人")
    changed_at = models.DateTimeField("更正时间")

    class Meta:
        verbose_name = verbose_name_plural = "成绩更正"
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="mark_change_by_two",
                condition=~Q(asked_by=F("approved_by")),
                violation_error_message="提出人不能批准自己提出的更正。",
            ),
            models.CheckConstraint(name="mark_change_has_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.mark} {self.old_value} → {self.new_value}"
