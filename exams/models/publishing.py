"""What stands around a batch of marks: its approval, the totals from the paper, and who has to stand back."""

from __future__ import annotations

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from exams.enums import ReleaseState
from kupasi.people.models import Candidate

from .calendar import ExamSession
from .marks import Publication
from .venues import Sitting

PERSON = settings.AUTH_USER_MODEL


class ReleaseQuerySet(models.QuerySet["Release"]):
    """Approved batches by where they stand."""

    def waiting(self) -> Self:
        """Those approved and not published yet."""
        return self.filter(state=ReleaseState.WAITING)


class Release(models.Model):
    """A batch of results that was approved: frozen by its hash, published by hand or at its moment (quality R18).

    waiting → published, withdrawn by a person, or stopped by the sweep that found other rows than were approved.
    """

    exam_session = models.ForeignKey(ExamSession, models.PROTECT, related_name="releases", verbose_name="评价场次")
    sha256 = models.CharField("校验值", max_length=64)
    leave_out = models.JSONField("暂缓名单", default=list, blank=True)
    marks = models.PositiveIntegerField("条数")
    held = models.PositiveIntegerField("暂缓人数", default=0)
    approved_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="批准人")
    approved_at = models.DateTimeField("批准时间")
    publish_at = models.DateTimeField("公布时间", null=True, blank=True)
    state = models.CharField("状态", max_length=10, choices=ReleaseState.choices(), default=ReleaseState.WAITING)
    ended_at = models.DateTimeField("办结时间", null=True, blank=True)
    ended_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    why = models.CharField("原因", max_length=200, blank=True)
    publication = models.OneToOneField(
        Publication, models.PROTECT, null=True, blank=True, related_name="release", verbose_name="成绩发布"
    )

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "成绩公布批准"
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["state", "publish_at"], name="release_due")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_release_waits",
                fields=["exam_session"],
                condition=Q(state=ReleaseState.WAITING.value),
                violation_error_message="该场次已有一批成绩等待公布。",
            ),
            models.CheckConstraint(
                name="published_release_has_its_batch",
                condition=Q(state=ReleaseState.PUBLISHED.value, publication__isnull=False)
                | ~Q(state=ReleaseState.PUBLISHED.value) & Q(publication=None),
            ),
            models.CheckConstraint(
                name="ended_release_says_when",
                condition=Q(state=ReleaseState.WAITING.value, ended_at=None)
                | ~Q(state=ReleaseState.WAITING.value) & Q(ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exam_session} {self.approved_at:%Y-%m-%d}"


class PaperTotal(models.Model):
    """What one marker counted and added up on the paper of a sitting, before or after typing it (control totals)."""

    sitting = models.ForeignKey(Sitting, models.PROTECT, related_name="paper_totals", verbose_name="场")
    stated_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="填写人")
    papers = models.PositiveIntegerField("有分数的份数")
    total = models.DecimalField("分数合计", max_digits=8, decimal_places=1)
    stated_at = models.DateTimeField("填写时间")

    class Meta:
        verbose_name = verbose_name_plural = "纸面合计"
        ordering: ClassVar = ["sitting", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="paper_total_once_each", fields=["sitting", "stated_by"]),
            models.CheckConstraint(name="paper_total_not_negative", condition=Q(total__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.papers} 份，合计 {self.total}"


class Relation(models.Model):
    """A relation that a marker declared to one person, whose papers it keeps from them; to institutions see `Tie`."""

    person = models.ForeignKey(PERSON, models.PROTECT, related_name="declared_relations", verbose_name="阅卷人员")
    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="relations_to", verbose_name="参评人员")
    words = models.CharField("关系说明", max_length=100)
    declared_at = models.DateTimeField("申报时间")
    ended_at = models.DateTimeField("解除时间", null=True, blank=True)
    ended_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "回避关系"
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="relation_ended_by_another",
                condition=Q(ended_by=None) | ~Q(ended_by=models.F("person")),
                violation_error_message="本人不能解除自己申报的回避关系。",
            ),
        ]

    def __str__(self) -> str:
        return "一位参评人员"
