"""The seed of a session's seating, committed to before it is used, and each arrangement that was carried out."""

from __future__ import annotations

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from kupasi.people.fields import EncryptedTextField
from kupasi.people.storage import private_storage, upload_any

from .calendar import ExamSession


class SeatSeedQuerySet(models.QuerySet["SeatSeed"]):
    """Seeds as the public may see them."""

    def public(self) -> Self:
        """All of them: their commitments always, the seeds themselves once they are revealed (`shown`)."""
        return self.select_related("exam_session__occupation").prefetch_related("exam_session__seating_runs")


class SeatSeed(models.Model):
    """256 random bits of a session: their SHA-256 is public from the start, they themselves once all is final."""

    exam_session = models.OneToOneField(ExamSession, models.PROTECT, related_name="seed", verbose_name="评价场次")
    secret = EncryptedTextField("种子", editable=False)
    sha256 = models.CharField("承诺（SHA-256）", max_length=64, editable=False)
    committed_at = models.DateTimeField("承诺时间", editable=False)
    revealed_at = models.DateTimeField("公开时间", null=True, blank=True, editable=False)

    objects = SeatSeedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "编排种子"
        ordering: ClassVar = ["-exam_session__exam_month", "exam_session"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="seed_revealed_after_commitment",
                condition=Q(revealed_at=None) | Q(revealed_at__gt=F("committed_at")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.exam_session} {self.sha256[:12]}"

    @property
    def shown(self) -> str:
        """The seed once it is revealed, before that nothing."""
        return self.secret if self.revealed_at is not None else ""


class SeatingRun(models.Model):
    """One arrangement as it was carried out: the plan's hash, and the roster, rooms and constraints behind it."""

    exam_session = models.ForeignKey(ExamSession, models.PROTECT, related_name="seating_runs", verbose_name="评价场次")
    number = models.PositiveSmallIntegerField("次数")
    plan_sha256 = models.CharField("编排结果（SHA-256）", max_length=64)
    roster_sha256 = models.CharField("编排依据（SHA-256）", max_length=64)
    roster = models.FileField("编排依据", storage=private_storage, upload_to=upload_any)
    seats = models.PositiveIntegerField("座位")
    left_over = models.PositiveIntegerField("未排")
    made_at = models.DateTimeField("时间")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "编排记录"
        ordering: ClassVar = ["exam_session", "number"]
        constraints: ClassVar = [models.UniqueConstraint(name="run_number_once", fields=["exam_session", "number"])]

    def __str__(self) -> str:
        return f"{self.exam_session} 第 {self.number} 次编排"
