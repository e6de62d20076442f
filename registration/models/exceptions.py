"""What two people allowed beside the rule: a late application, a change of core data, an export of whole numbers."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models

from exams.models import ExamSession, Occupation, Window
from kupasi.approvals.models import Proposal
from kupasi.people.models import Candidate, IdentityDocument

from .applications import Application

PERSON = settings.AUTH_USER_MODEL


class LateAdmissionQuerySet(models.QuerySet["LateAdmission"]):
    """Late admissions by their moment."""

    def usable(self, at: datetime) -> Self:
        """Not used, and not over."""
        return self.filter(application=None, until__gte=at)


class LateAdmission(models.Model):
    """That one named person may apply for a window that is over, until a moment (权限表 app.late)."""

    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="late_admissions", verbose_name="参评人员")
    occupation = models.ForeignKey(Occupation, models.PROTECT, related_name="+", verbose_name="职业")
    window = models.ForeignKey(Window, models.PROTECT, related_name="+", verbose_name="申报时间段")
    until = models.DateTimeField("截止时间")
    proposal = models.OneToOneField(Proposal, models.PROTECT, related_name="late_admission", verbose_name="审批")
    application = models.OneToOneField(
        Application, models.PROTECT, null=True, blank=True, related_name="late_admission", verbose_name="申报"
    )
    granted_at = models.DateTimeField("批准时间")

    objects = LateAdmissionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "逾期受理"
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.candidate} {self.window}"


class CoreChange(models.Model):
    """A change of name or document that another person granted; the old values are kept (rules A1)."""

    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="core_changes", verbose_name="参评人员")
    proposal = models.OneToOneField(Proposal, models.PROTECT, related_name="core_change", verbose_name="审批")
    old_name = models.CharField("原姓名", max_length=50)
    new_name = models.CharField("新姓名", max_length=50)
    old_document = models.ForeignKey(IdentityDocument, models.PROTECT, null=True, related_name="+")
    new_document = models.ForeignKey(IdentityDocument, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "核心信息变更"
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.candidate} {self.changed_at:%Y-%m-%d}"


class FullExport(models.Model):
    """A list with whole document numbers that two people approved: for the asker, once, until a moment."""

    exam_session = models.ForeignKey(ExamSession, models.PROTECT, related_name="+", verbose_name="评价场次")
    proposal = models.OneToOneField(Proposal, models.PROTECT, related_name="full_export", verbose_name="审批")
    asked_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="申请人")
    expires_at = models.DateTimeField("有效至")
    downloaded_at = models.DateTimeField("下载时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "完整号码名单"
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.exam_session}"
