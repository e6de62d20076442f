"""The door of a room: each scan as it was answered, what was noted without network, and how a room was closed."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from exams.enums import ADMITTED, CheckInSource, DoorResult
from kupasi.people.fields import EncryptedTextField
from kupasi.people.roles import may_any

from .entries import Seat
from .venues import Sitting

PERSON = settings.AUTH_USER_MODEL
LETS_IN = [one.value for one in sorted(ADMITTED)]


class DoorQuerySet(models.QuerySet["Any"]):
    """Rows of a door as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """An invigilator's own rooms; all for those who let in the refused, and for those who read room records."""
        if not user.is_authenticated or not user.is_staff:
            return self.none()
        if user.role_names <= {"invigilator", "marker"}:
            return self.filter(sitting__invigilators=user).distinct()
        return self if may_any(user, "room.record") else self.none()


class CheckIn(models.Model):
    """One scan at a door and its answer; never changed, never deleted (the database refuses).

    A row of an offline log is judged again when it arrives: `result` is the house's answer for the moment of the scan,
    `device_said` what the phone had shown. Two rows that let the same person in are a conflict for people to settle.
    """

    nonce = models.CharField("流水", max_length=64, unique=True)
    digest = models.CharField(max_length=64, editable=False)
    sitting = models.ForeignKey(Sitting, models.PROTECT, related_name="checkins", verbose_name="场")
    seat = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, related_name="checkins", verbose_name="座位")
    ticket_number = models.CharField("准考证号", max_length=12, blank=True)
    version = models.PositiveSmallIntegerField("准考证版本", null=True, blank=True)
    result = models.CharField("结果", max_length=12, choices=DoorResult.choices())
    said = models.CharField("说明", max_length=300, blank=True)
    device_said = models.CharField("离线时显示", max_length=12, choices=DoorResult.choices(), blank=True)
    source = models.CharField("来源", max_length=8, choices=CheckInSource.choices(), default=CheckInSource.ONLINE)
    device = models.CharField("设备", max_length=40, blank=True)
    at = models.DateTimeField("时间")
    received_at = models.DateTimeField("收到时间")
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="监考")
    approved_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")

    objects = DoorQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "入场记录"
        ordering: ClassVar = ["-at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["sitting", "at"], name="checkin_by_sitting")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_online_checkin_per_seat",
                fields=["seat"],
                condition=Q(source=CheckInSource.ONLINE.value, result__in=LETS_IN),
                violation_error_message="该座位已经入场。",
            ),
            models.CheckConstraint(
                name="checkin_into_a_seat", condition=~Q(result__in=LETS_IN) | Q(seat__isnull=False)
            ),
            models.CheckConstraint(
                name="checkin_let_in_by_another",
                condition=~Q(result=DoorResult.LET_IN.value) | (Q(approved_by__isnull=False) & ~Q(approved_by=F("by"))),
                violation_error_message="放行须由另一人批准。",
            ),
            models.CheckConstraint(
                name="checkin_device_spoke_offline",
                condition=Q(device_said="") | Q(source=CheckInSource.OFFLINE.value),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sitting} {self.get_result_display()}"


class OfflineNote(models.Model):
    """What an invigilator wrote down about a seat while the network was away: a draft for the record of an incident."""

    nonce = models.CharField("流水", max_length=64, unique=True)
    digest = models.CharField(max_length=64, editable=False)
    sitting = models.ForeignKey(Sitting, models.PROTECT, related_name="notes", verbose_name="场")
    seat = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, related_name="notes", verbose_name="座位")
    text = EncryptedTextField("内容")
    cleared_at = models.DateTimeField("内容删除时间", null=True, blank=True, editable=False)
    at = models.DateTimeField("时间")
    received_at = models.DateTimeField("收到时间")
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="监考")

    objects = DoorQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "离线记录"
        ordering: ClassVar = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.sitting} {self.at:%H:%M}"


class RoomRecord(models.Model):
    """How a room was closed: when it began and ended, who came, what was collected (rules M2; matrix room.record).

    Where the count of papers differs from those present, a reason and a second person stand beside it.
    """

    sitting = models.OneToOneField(Sitting, models.PROTECT, related_name="room_record", verbose_name="场")
    started_at = models.DateTimeField("实际开始")
    ended_at = models.DateTimeField("实际结束")
    present = models.PositiveSmallIntegerField("实到")
    papers = models.PositiveSmallIntegerField("收回份数")
    reason = models.CharField("不一致的理由", max_length=200, blank=True)
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="登记人")
    at = models.DateTimeField("登记时间")
    second_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    second_at = models.DateTimeField("第二人确认时间", null=True, blank=True)

    objects = DoorQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "考场记录"
        ordering: ClassVar = ["-at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="room_record_times_in_order",
                condition=Q(ended_at__gt=F("started_at")),
                violation_error_message="结束时间要晚于开始时间。",
            ),
            models.CheckConstraint(
                name="room_record_difference_reasoned",
                condition=Q(papers=F("present")) | ~Q(reason=""),
                violation_error_message="收回份数与实到人数不一致，请写明理由。",
            ),
            models.CheckConstraint(
                name="room_record_second_is_another",
                condition=Q(second_by=None) | ~Q(second_by=F("by")),
                violation_error_message="须由另一名监考确认。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sitting} 收回 {self.papers}"

    @property
    def agrees(self) -> bool:
        """Whether as many papers were collected as people were present."""
        return self.papers == self.present

    @property
    def waits(self) -> bool:
        """Whether the second person has yet to look."""
        return not self.agrees and self.second_by_id is None
