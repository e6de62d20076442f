"""Where and when people sit: sites, rooms, sittings."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from exams.enums import SittingStatus

from .calendar import ExamSession
from .programme import Subject


class Site(models.Model):
    """A 考核点."""

    name = models.CharField("名称", max_length=60, unique=True)
    address = models.CharField("地址", max_length=120)
    directions = models.CharField("交通", max_length=200, blank=True)
    phone = models.CharField("电话", max_length=20, blank=True)
    is_active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "考核点"
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Room(models.Model):
    """A 考场 with so many places."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="rooms", verbose_name="考核点")
    name = models.CharField("名称", max_length=30)
    capacity = models.PositiveSmallIntegerField("座位数")
    is_active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "考场"
        ordering: ClassVar = ["site", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="room_name_in_site", fields=["site", "name"]),
            models.CheckConstraint(
                name="room_has_seats", condition=Q(capacity__gte=1), violation_error_message="座位数至少为 1。"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site} {self.name}"


class Sitting(models.Model):
    """一场: a subject of a session at a time in a room, for so many people."""

    exam_session = models.ForeignKey(ExamSession, models.PROTECT, related_name="sittings", verbose_name="评价场次")
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="sittings", verbose_name="科目")
    room = models.ForeignKey(Room, models.PROTECT, related_name="sittings", verbose_name="考场")
    starts_at = models.DateTimeField("开始时间")
    ends_at = models.DateTimeField("结束时间")
    on = models.DateField("日期", editable=False)
    capacity = models.PositiveSmallIntegerField("名额")
    taken = models.PositiveSmallIntegerField("已排", default=0, editable=False)
    status = models.CharField("状态", max_length=10, choices=SittingStatus.choices(), default=SittingStatus.PLANNED)
    invigilators = models.ManyToManyField("people.User", related_name="sittings", blank=True, verbose_name="监考")
    markers = models.ManyToManyField("people.User", related_name="marking", blank=True, verbose_name="阅卷")
    closed_at = models.DateTimeField("关闭时间", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "考试安排"
        ordering: ClassVar = ["starts_at", "room"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="room_starts_once",
                fields=["room", "starts_at"],
                condition=~Q(status=SittingStatus.CANCELLED.value),
                violation_error_message="该考场此时已有安排。",
            ),
            models.CheckConstraint(
                name="sitting_not_oversold",
                condition=Q(taken__lte=F("capacity")),
                violation_error_message="名额不能少于已排人数。",
            ),
            models.CheckConstraint(
                name="sitting_times_in_order",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message="结束时间要晚于开始时间。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d} {self.subject} {self.room}"
