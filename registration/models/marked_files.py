"""Large files that the worker makes for an institution, kept for a week: workbooks, marked or not, lists on paper."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F

from kupasi.people.storage import private_storage, upload_any
from registration.enums import ListPaper, MakingState

from .rosters import Roster, RosterUpload

PERSON = settings.AUTH_USER_MODEL


class MadeFile(models.Model):
    """What every such file has; `begun_at` is the moment whose rows it holds, `done` counts them."""

    file = models.FileField("文件", storage=private_storage, upload_to=upload_any, blank=True)
    state = models.CharField("状态", max_length=8, choices=MakingState.choices(), default=MakingState.QUEUED)
    total = models.PositiveIntegerField("行数", default=0)
    done = models.PositiveIntegerField("已写入", default=0)
    claim = models.CharField(max_length=32, blank=True, editable=False)
    heartbeat = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    begun_at = models.DateTimeField("内容截至", null=True, blank=True)
    asked_at = models.DateTimeField("要求时间")
    asked_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="要求人")

    class Meta:
        abstract = True


class MarkedFileQuerySet(models.QuerySet["MarkedFile"]):
    """Made files as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """Along with the roster."""
        return self.filter(upload__roster__in=Roster.objects.visible_to(user))


class MarkedFile(MadeFile):
    """The marked workbook of one sent file."""

    upload = models.OneToOneField(RosterUpload, models.PROTECT, related_name="marked", verbose_name="名单文件")

    objects = MarkedFileQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "标注文件"
        constraints: ClassVar = [
            models.CheckConstraint(name="marked_counts_agree", condition=models.Q(done__lte=F("total"))),
        ]

    def __str__(self) -> str:
        return f"标注文件 {self.pk}"


class ListFileQuerySet(models.QuerySet["ListFile"]):
    """Made files as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """Along with the roster."""
        return self.filter(roster__in=Roster.objects.visible_to(user))


class ListFile(MadeFile):
    """A large list as a workbook or on paper; `stamp` is the hash of the rows that it holds."""

    roster = models.ForeignKey(Roster, models.PROTECT, related_name="made_files", verbose_name="团体申报")
    what = models.CharField("文件种类", max_length=8, choices=ListPaper.choices())
    stamp = models.CharField(max_length=64, blank=True, editable=False)

    objects = ListFileQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "名单制作"
        constraints: ClassVar = [
            models.CheckConstraint(name="list_file_counts_agree", condition=models.Q(done__lte=F("total"))),
            models.UniqueConstraint(name="list_file_once", fields=["roster", "what"]),
        ]

    def __str__(self) -> str:
        return f"名单制作 {self.pk}"
