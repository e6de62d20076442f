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
    capacity = models.PositiveSmallIntegerField("座位数", help_text="理论考试可用的座位；有座次图的按图计")
    stations = models.PositiveSmallIntegerField(
        "考位数", null=True, blank=True, help_text="操作考核可用的考位；留空为与座位数相同，有座次图的按图计"
    )
    is_spare = models.BooleanField("备用考场", default=False, help_text="平时不排人，考场或设备出问题时使用")
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


class Place(models.Model):
    """One seat or 考位 of a room's plan: its number, where it stands, for which mode, whether it can be used.

    Rows count from the front, columns from the left; a cell without a place is an aisle or a gap.
    """

    room = models.ForeignKey(Room, models.CASCADE, related_name="places", verbose_name="考场")
    number = models.PositiveSmallIntegerField("座位号")
    row = models.PositiveSmallIntegerField("排")
    column = models.PositiveSmallIntegerField("列")
    label = models.CharField("标签", max_length=8, blank=True, help_text="门贴、桌贴上的写法；留空为座位号")
    for_theory = models.BooleanField("理论可用", default=True)
    for_practical = models.BooleanField("操作可用", default=True)
    equipment = models.CharField("设备", max_length=60, blank=True)
    is_accessible = models.BooleanField("无障碍", default=False)
    is_blocked = models.BooleanField("停用", default=False)
    blocked_why = models.CharField("停用原因", max_length=60, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "座次图"
        ordering: ClassVar = ["room", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="place_number_once", fields=["room", "number"]),
            models.UniqueConstraint(name="place_cell_once", fields=["room", "row", "column"]),
            models.CheckConstraint(name="place_counts_from_one", condition=Q(number__gte=1, row__gte=1, column__gte=1)),
            models.CheckConstraint(
                name="blocked_place_says_why",
                condition=Q(is_blocked=False, blocked_why="") | Q(is_blocked=True) & ~Q(blocked_why=""),
                violation_error_message="停用的座位须写明原因。",
            ),
        ]

    def __str__(self) -> str:
        return self.label or str(self.number)

    def serves(self, *, station: bool) -> bool:
        """Whether somebody may sit here, at a 考位 or at a plain seat."""
        return not self.is_blocked and (self.for_practical if station else self.for_theory)


class Sitting(models.Model):
    """一场: a subject of a session at a time in a room, for so many people.

    `came` and `missed` are stated when it is closed, from its seats, and again by a correction: charts add up rooms.
    """

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
    came = models.PositiveSmallIntegerField("到考", null=True, blank=True, editable=False)
    missed = models.PositiveSmallIntegerField("缺考", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "考试安排"
        ordering: ClassVar = ["starts_at", "room"]
        indexes: ClassVar = [
            models.Index(fields=["on"], name="sitting_by_day"),
            models.Index(fields=["status", "on", "came", "missed"], name="sitting_counts_by_day"),  # holds the answer
        ]
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
            models.CheckConstraint(
                name="sitting_counted_when_closed",
                condition=Q(status=SittingStatus.CLOSED.value, came__isnull=False, missed__isnull=False)
                | (~Q(status=SittingStatus.CLOSED.value) & Q(came=None, missed=None)),
                violation_error_message="结束登记的考场须有到考与缺考人数。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d} {self.subject} {self.room}"
