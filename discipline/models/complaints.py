"""Complaints from the public: a number, a clock, an answer; also without a name (issue: breaches)."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from discipline.enums import ComplaintStatus
from kupasi.people.fields import EncryptedTextField
from kupasi.people.roles import has_cell, may_any

from .cases import Case


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    """Complaints as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """The office's: clerks who open cases, deciders and the auditor."""
        if not user.is_authenticated or not user.is_staff:
            return self.none()
        allowed = has_cell(user, "case.open", "Y") or may_any(user, "case.decide_23")
        return self if allowed else self.none()

    def public(self) -> Self:
        """By its number and word anybody may ask how far it is."""
        return self.all()


class Complaint(models.Model):
    """What somebody reported; who it was is known only where they said so."""

    number = models.CharField("编号", max_length=16, unique=True, null=True)
    key_index = models.CharField(max_length=64, help_text="查询口令的散列")
    text = EncryptedTextField("内容")
    name = EncryptedTextField("姓名", blank=True)
    contact = EncryptedTextField("联系方式", blank=True)
    status = models.CharField(
        "状态", max_length=10, choices=ComplaintStatus.choices(), default=ComplaintStatus.RECEIVED
    )
    received_at = models.DateTimeField("收到时间")
    due_on = models.DateField("答复期限")
    is_provisional = models.BooleanField("暂定", default=False)
    answer = models.CharField("答复", max_length=500, blank=True)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="complaints")

    forgotten_at = models.DateTimeField("姓名和联系方式删除时间", null=True, blank=True)

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "投诉举报"
        ordering: ClassVar = ["due_on", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="complaint_answered_whole",
                condition=Q(answered_at=None, answer="")
                | Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer=""),
                violation_error_message="答复要写明内容。",
            )
        ]

    def __str__(self) -> str:
        return self.number or "投诉举报"
