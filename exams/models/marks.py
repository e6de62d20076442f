"""Marks: entered twice by two people, settled, published by another (rules M1–M5)."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from exams.enums import MarkStatus
from kupasi.people.models import acts_for
from kupasi.people.roles import may_any

from .calendar import ExamSession
from .entries import Seat

PERSON = settings.AUTH_USER_MODEL


class MarkEntry(models.Model):
    """What one person read off one paper; nobody sees another's. The third one resolves a difference."""

    seat = models.ForeignKey(Seat, models.PROTECT, related_name="mark_entries", verbose_name="座位")
    round = models.PositiveSmallIntegerField("第几次")
    value = models.DecimalField("分数", max_digits=4, decimal_places=1, null=True, blank=True)
    is_absent = models.BooleanField("缺考", default=False)
    entered_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="录入人")
    entered_at = models.DateTimeField("录入时间")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = verbose_name_plural = "录分"
        ordering: ClassVar = ["seat", "round"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="mark_round_once", fields=["seat", "round"]),
            models.UniqueConstraint(name="mark_entered_by_another", fields=["seat", "entered_by"]),
            models.CheckConstraint(name="mark_round_known", condition=Q(round__in=[1, 2, 3])),
            models.CheckConstraint(
                name="mark_entry_states_one",
                condition=Q(value=None, is_absent=True) | Q(value__isnull=False, is_absent=False),
            ),
            models.CheckConstraint(
                name="mark_entry_in_scale", condition=Q(value=None) | Q(value__gte=0, value__lte=100)
            ),
        ]

    def __str__(self) -> str:
        return f"第 {self.round} 次"


class Publication(models.Model):
    """An approved batch of results of a session, with the hash of exactly what was approved."""

    exam_session = models.ForeignKey(ExamSession, models.PROTECT, related_name="publications", verbose_name="评价场次")
    published_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="发布人")
    published_at = models.DateTimeField("发布时间")
    marks = models.PositiveIntegerField("条数")
    held = models.PositiveIntegerField("暂缓条数", default=0)
    sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "成绩发布"
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.exam_session} {self.published_at:%Y-%m-%d}"


class MarkQuerySet(models.QuerySet["Mark"]):
    """Marks as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """One's own once published, an institution's own people's likewise; the office's by role (score.read)."""
        if not user.is_authenticated:
            return self.none()
        if not user.is_staff:
            if institution := acts_for(user, "score.read"):
                return self.published().filter(seat__entry__institution=institution)
            return self.published().filter(seat__entry__candidate__user=user)
        return self if may_any(user, "score.read") or may_any(user, "score.publish") else self.none()

    def published(self) -> Self:
        """Those that the candidate may see."""
        return self.filter(publication__isnull=False)


class Mark(models.Model):
    """The settled mark of a seat (单科成绩); the mark and its status are separate, a real 0 is a mark."""

    seat = models.OneToOneField(Seat, models.PROTECT, related_name="mark", verbose_name="座位")
    value = models.DecimalField("分数", max_digits=4, decimal_places=1, null=True, blank=True)
    status = models.CharField("状态", max_length=10, choices=MarkStatus.choices(), default=MarkStatus.NORMAL)
    first_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    second_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    third_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField("确定时间")
    is_held = models.BooleanField("暂缓公布", default=False)
    version = models.PositiveIntegerField(default=1)
    publication = models.ForeignKey(Publication, models.PROTECT, null=True, blank=True, related_name="results")
    published_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")

    objects = MarkQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "成绩"
        constraints: ClassVar = [
            models.CheckConstraint(name="mark_in_scale", condition=Q(value=None) | Q(value__gte=0, value__lte=100)),
            models.CheckConstraint(
                name="normal_mark_has_value", condition=~Q(status=MarkStatus.NORMAL.value) | Q(value__isnull=False)
            ),
            models.CheckConstraint(
                name="absent_mark_has_none", condition=~Q(status=MarkStatus.ABSENT.value) | Q(value=None)
            ),
            models.CheckConstraint(name="second_is_another", condition=~Q(second_by=F("first_by"))),
            models.CheckConstraint(
                name="third_is_another",
                condition=Q(third_by=None) | ~(Q(third_by=F("first_by")) | Q(third_by=F("second_by"))),
            ),
            models.CheckConstraint(
                name="publisher_entered_none",
                condition=Q(published_by=None)
                | ~(
                    Q(published_by=F("first_by"))
                    | Q(published_by=F("second_by"))
                    | Q(third_by__isnull=False, published_by=F("third_by"))
                ),
            ),
            models.CheckConstraint(
                name="published_with_publisher",
                condition=Q(publication=None, published_by=None)
                | Q(publication__isnull=False, published_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seat.subject}"


class ResultFlag(models.Model):
    """A session whose results are due soon or overdue, as the scheduled job saw it (rules M5)."""

    exam_session = models.OneToOneField(
        ExamSession, models.PROTECT, related_name="result_flag", verbose_name="评价场次"
    )
    due_on = models.DateField("应公布日")
    is_provisional = models.BooleanField("暂定", default=False)
    due_soon_at = models.DateTimeField("临期提醒", null=True, blank=True)
    overdue_at = models.DateTimeField("逾期提醒", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "成绩时限"
        ordering: ClassVar = ["due_on"]

    def __str__(self) -> str:
        return f"{self.exam_session} {self.due_on:%Y-%m-%d}"
