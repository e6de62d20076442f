"""Lists of bars from the authorities, and who resembles a barred person (rules S5, E8).

A person of a list who is unknown here is kept as a keyed hash of the document, not by name or number: enough to be
recognised the day they come, and gone when the bar is over.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from discipline.enums import Likeness
from kupasi.people.models import Candidate, Photo
from kupasi.people.roles import may_any

from .bars import Bar, Clause


class BarListQuerySet(models.QuerySet["BarList"]):
    """Lists as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """The deciders' and the auditor's (matrix: sanction.lift)."""
        allowed = user.is_authenticated and user.is_staff and may_any(user, "sanction.lift")
        return self if allowed else self.none()


class BarList(models.Model):
    """One list as it came: read by one supervisor, taken by another."""

    source = models.CharField("依据", max_length=120, help_text="来文的机关和文号")
    received_sha256 = models.CharField("原文件 SHA-256", max_length=64)
    uploaded_at = models.DateTimeField("上传时间")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="上传人")
    taken_at = models.DateTimeField("登记时间", null=True, blank=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="核准人"
    )

    objects = BarListQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "来文名单"
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="bar_list_once", fields=["source", "received_sha256"]),
            models.CheckConstraint(
                name="bar_list_taken_by_another",
                condition=Q(taken_by=None) | ~Q(taken_by=F("uploaded_by")),
                violation_error_message="名单须由另一位主管核准。",
            ),
        ]

    def __str__(self) -> str:
        return self.source


class BarLine(models.Model):
    """One person of a list; without a bar while nobody here is known by the document."""

    bar_list = models.ForeignKey(BarList, models.PROTECT, related_name="lines", verbose_name="名单")
    line = models.PositiveIntegerField("行")
    number_index = models.CharField(max_length=64, db_index=True, help_text="证件的散列")
    person_index = models.CharField(max_length=64, blank=True, db_index=True, help_text="姓名和出生日期的散列")
    birth_date = models.DateField("出生日期", null=True, blank=True)
    number_tail = models.CharField("证件尾号", max_length=4)
    clause = models.ForeignKey(Clause, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="条款")
    barred_from = models.DateField("起始日")
    barred_until = models.DateField("截止日（含）")
    bar = models.ForeignKey(Bar, models.PROTECT, null=True, blank=True, related_name="lines", verbose_name="禁考")

    class Meta:
        verbose_name = verbose_name_plural = "来文名单的人员"
        ordering: ClassVar = ["bar_list", "line"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="bar_line_once", fields=["bar_list", "line"]),
            models.CheckConstraint(name="bar_line_days", condition=Q(barred_until__gte=F("barred_from"))),
        ]

    def __str__(self) -> str:
        return f"第 {self.line} 行（尾号 {self.number_tail}）"


class Resemblance(models.Model):
    """Why a person is held for a human: like whom, and by what. Never decided by the machine (E8)."""

    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="+", verbose_name="参评人员")
    twin = models.ForeignKey(
        Candidate, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="与谁相像"
    )
    line = models.ForeignKey(
        BarLine, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="名单上的人"
    )
    kind = models.CharField("哪里相像", max_length=8, choices=Likeness.choices())
    distance = models.PositiveSmallIntegerField("照片差异（0 为相同）", null=True, blank=True)
    found_at = models.DateTimeField("发现时间")

    class Meta:
        verbose_name = verbose_name_plural = "相像"
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="resemblance_of_somebody", condition=Q(twin__isnull=False) | Q(line__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class BarredPhoto(models.Model):
    """The picture's hash of somebody who is barred, so that the same picture is recognised; gone with the bar."""

    photo = models.OneToOneField(Photo, models.CASCADE, related_name="+", verbose_name="照片")
    bits = models.CharField("图像散列", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "禁考人员照片的图像散列"

    def __str__(self) -> str:
        return f"照片 {self.photo_id}"
