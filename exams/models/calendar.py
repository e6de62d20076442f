"""The calendar: plans of windows, exam sessions, and the working days of the years (通知 附件1)."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from exams.enums import DayKind, PlanStatus, SessionStatus

from .programme import Occupation


class Plan(models.Model):
    """A year's windows. A draft opens nothing until it is published (rules C3)."""

    year = models.PositiveSmallIntegerField("年度", unique=True)
    status = models.CharField("状态", max_length=10, choices=PlanStatus.choices(), default=PlanStatus.DRAFT)
    source = models.CharField("依据", max_length=200, blank=True)
    published_at = models.DateTimeField("公布时间", null=True, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "年度计划"
        ordering: ClassVar = ["-year"]

    def __str__(self) -> str:
        return f"{self.year} 年度申报及评价时间计划"


class WindowQuerySet(models.QuerySet["Window"]):
    """Windows as the public may rely on them."""

    def public(self) -> Self:
        """Windows of published plans."""
        return self.filter(plan__status=PlanStatus.PUBLISHED)

    def open_on(self, day: date) -> Self:
        """The published window (at most one) that a day falls in; both its ends count."""
        return self.public().filter(opens_on__lte=day, closes_on__gte=day)


class Window(models.Model):
    """A 申报时间段 that leads to an exam month, kept as the month's first day (rules C1)."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="windows", verbose_name="计划")
    opens_on = models.DateField("开始日")
    closes_on = models.DateField("截止日（含）")
    exam_month = models.DateField("评价月", help_text="填该月第一天")

    objects = WindowQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "申报时间段"
        ordering: ClassVar = ["opens_on"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="window_opens_once", fields=["plan", "opens_on"]),
            models.CheckConstraint(
                name="window_days_in_order",
                condition=Q(closes_on__gte=F("opens_on")),
                violation_error_message="截止日不能早于开始日。",
            ),
            models.CheckConstraint(
                name="exam_month_is_a_month",
                condition=Q(exam_month__day=1),
                violation_error_message="评价月请填该月第一天。",
            ),
            models.CheckConstraint(
                name="exam_after_window",
                condition=Q(exam_month__gt=F("closes_on")),
                violation_error_message="评价月要在申报截止之后。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.opens_on:%Y-%m-%d} 至 {self.closes_on:%Y-%m-%d} → {self.exam_month:%Y年%m月}"


class WindowChange(models.Model):
    """A change to a window of a published plan: who, when, why, before and after (rules C3)."""

    window = models.ForeignKey(Window, models.PROTECT, related_name="changes", verbose_name="申报时间段")
    before = models.JSONField("原安排")
    after = models.JSONField("新安排")
    reason = models.TextField("理由")
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="操作人")
    changed_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "计划调整记录"
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.window} {self.changed_at:%Y-%m-%d}"


class WorkdayYear(models.Model):
    """A year whose arrangement of rest and working days is known; a year without a row is provisional (rules C5)."""

    year = models.PositiveSmallIntegerField("年份", primary_key=True)
    document_no = models.CharField("文号", max_length=60)

    class Meta:
        verbose_name = verbose_name_plural = "节假日安排"
        ordering: ClassVar = ["-year"]

    def __str__(self) -> str:
        return f"{self.year} 年（{self.document_no}）"


class SpecialDay(models.Model):
    """A weekday that is off, or a weekend day that is worked (调休)."""

    year = models.ForeignKey(WorkdayYear, models.CASCADE, related_name="days", verbose_name="年份")
    day = models.DateField("日期", unique=True)
    kind = models.CharField("休/班", max_length=4, choices=DayKind.choices())
    name = models.CharField("名称", max_length=20, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "调休日"
        ordering: ClassVar = ["day"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="special_day_in_its_year",
                condition=Q(day__year=F("year_id")),
                violation_error_message="日期不在该年份内。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.get_kind_display()}"


class ExamSession(models.Model):
    """A 评价场次: one occupation in one exam month, with places taken by submitted applications."""

    occupation = models.ForeignKey(Occupation, models.PROTECT, related_name="exam_sessions", verbose_name="职业")
    exam_month = models.DateField("评价月")
    status = models.CharField("状态", max_length=10, choices=SessionStatus.choices(), default=SessionStatus.PLANNED)
    capacity = models.PositiveIntegerField("名额", null=True, blank=True, help_text="留空为不限")
    taken = models.PositiveIntegerField("已占名额", default=0, editable=False)
    ticket_serial = models.PositiveIntegerField("准考证流水", default=0, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "评价场次"
        ordering: ClassVar = ["-exam_month", "occupation"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="one_session_per_month", fields=["occupation", "exam_month"]),
            models.CheckConstraint(
                name="session_month_is_a_month",
                condition=Q(exam_month__day=1),
                violation_error_message="评价月请填该月第一天。",
            ),
            models.CheckConstraint(
                name="session_not_oversold",
                condition=Q(capacity=None) | Q(taken__lte=F("capacity")),
                violation_error_message="名额不能少于已占用的数量。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exam_month:%Y年%m月} {self.occupation}"
