"""Registers outside: how their files look, what was sent to them, and the receipt (通知 三; rules M7)."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import DecimalField, F, Q, Value
from django.db.models.functions import Coalesce

from certificates.enums import CertificateStatus, RegisterContent
from exams.models import Mark
from kupasi.people.roles import may_any

from .certificates import Certificate

PERSON = settings.AUTH_USER_MODEL
NO_VALUE = Value(-1, output_field=DecimalField(max_digits=5, decimal_places=1))


class RegisterQuerySet(models.QuerySet[Any]):
    """What only those may see who have to do with lists of whole numbers."""

    def visible_to(self, user: Any) -> Self:
        """All for the office's roles of `export.full`; nobody else finds any."""
        return self if user.is_authenticated and user.is_staff and may_any(user, "export.full") else self.none()


class LineQuerySet(models.QuerySet["RegisterLine"]):
    """Lines that were sent."""

    def visible_to(self, user: Any) -> Self:
        """As the files that they stand in."""
        return self.filter(export__in=RegisterExport.objects.visible_to(user))

    def to_correct(self) -> Self:
        """What a register shows otherwise than it is now: void since, or another mark; and nobody has told it yet."""
        now = Coalesce(F("mark__value"), NO_VALUE)
        void = Q(certificate__status=CertificateStatus.VOID) & Q(state="valid")
        marks = Q(mark__isnull=False) & (~Q(mark__status=F("state")) | ~Q(then=F("now")))
        rows = self.filter(stands=True, corrected_at=None).alias(now=now, then=Coalesce(F("value"), NO_VALUE))
        return rows.filter(void | marks)


class RegisterMapping(models.Model):
    """How the file for one register outside looks: its columns and codes, as data. The official layout is not known."""

    name = models.CharField("平台", max_length=40)
    content = models.CharField("内容", max_length=12, choices=RegisterContent.choices())
    columns = models.JSONField("列", help_text="列名、来源、代码")
    is_active = models.BooleanField("启用", default=True)

    objects = RegisterQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "外部平台模板"
        ordering: ClassVar = ["name", "content"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_mapping",
                fields=["name", "content"],
                condition=Q(is_active=True),
                violation_error_message="同一平台、同一内容只能启用一个模板。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.get_content_display()}）"


class RegisterExport(models.Model):
    """A file for a register: drawn up by one, approved by two, downloaded by its maker, sent with a receipt."""

    mapping = models.ForeignKey(RegisterMapping, models.PROTECT, related_name="exports", verbose_name="模板")
    columns = models.JSONField("列", help_text="制作时的列")
    digest = models.CharField("内容指纹", max_length=64)
    made_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="制作人")
    made_at = models.DateTimeField("制作时间")
    approved_at = models.DateTimeField("批准时间", null=True)
    sent_by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+", verbose_name="报送人")
    sent_at = models.DateTimeField("报送时间", null=True)
    receipt = models.CharField("回执", max_length=200, blank=True)

    objects = RegisterQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "外部平台报送"
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="export_sent_with_receipt",
                condition=Q(sent_at=None, sent_by=None, receipt="")
                | Q(sent_at__isnull=False, sent_by__isnull=False, approved_at__isnull=False) & ~Q(receipt=""),
                violation_error_message="报送须先经批准，并写明回执。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.mapping} {self.made_at:%Y-%m-%d}"


class RegisterLine(models.Model):
    """One certificate or mark in a file, and how it stood; `stands` while it is the last that the register was told."""

    export = models.ForeignKey(RegisterExport, models.PROTECT, related_name="lines", verbose_name="报送")
    certificate = models.ForeignKey(Certificate, models.PROTECT, null=True, related_name="+", verbose_name="证书")
    mark = models.ForeignKey(Mark, models.PROTECT, null=True, related_name="+", verbose_name="成绩")
    state = models.CharField("当时状态", max_length=12)
    value = models.DecimalField("当时成绩", max_digits=5, decimal_places=1, null=True)
    stands = models.BooleanField(default=False)
    corrected_at = models.DateTimeField("更正时间", null=True)
    corrected_by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+", verbose_name="更正人")
    receipt = models.CharField("更正回执", max_length=200, blank=True)

    objects = LineQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "外部平台已报内容"
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="line_about_one",
                condition=Q(certificate__isnull=True, mark__isnull=False)
                | Q(certificate__isnull=False, mark__isnull=True),
            ),
            models.CheckConstraint(
                name="line_corrected_with_receipt",
                condition=Q(corrected_at=None, corrected_by=None, receipt="")
                | Q(corrected_at__isnull=False, corrected_by__isnull=False) & ~Q(receipt=""),
                violation_error_message="更正要写明回执。",
            ),
        ]

    def __str__(self) -> str:
        return f"证书 {self.certificate}" if self.certificate_id else f"成绩 {self.mark_id}"
