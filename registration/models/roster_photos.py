"""A zip of portraits that an institution sent for a roster, and what became of each picture."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from kupasi.people.fields import EncryptedTextField
from kupasi.people.storage import private_storage, upload_any
from registration.enums import PHOTOS_RUNNING, PhotoZipState

from .rosters import Roster

PERSON = settings.AUTH_USER_MODEL


class RosterPhotoZipQuerySet(models.QuerySet["RosterPhotoZip"]):
    """Zips as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """Along with the roster."""
        return self.filter(roster__in=Roster.objects.visible_to(user))


class RosterPhotoZip(models.Model):
    """One zip: unpacked and matched by the worker, picture by picture. `answers` names those that were not used.

    The names of the files hold document numbers: the answers are sealed, and the zip goes when it is worked off.
    """

    roster = models.ForeignKey(Roster, models.PROTECT, related_name="photo_zips", verbose_name="团体申报")
    file = models.FileField("文件", storage=private_storage, upload_to=upload_any, blank=True)
    state = models.CharField("状态", max_length=8, choices=PhotoZipState.choices(), default=PhotoZipState.QUEUED)
    findings = models.JSONField("文件问题", default=list, blank=True)
    answers = EncryptedTextField("未采用的照片", blank=True)
    done = models.PositiveIntegerField("已处理", default=0)
    matched = models.PositiveIntegerField("已匹配", default=0)
    claim = models.CharField(max_length=32, blank=True, editable=False)
    heartbeat = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    uploaded_at = models.DateTimeField("上传时间")
    uploaded_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="上传人")

    objects = RosterPhotoZipQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "照片包"
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_running_photo_zip",
                fields=["roster"],
                condition=Q(state__in=sorted(one.value for one in PHOTOS_RUNNING)),
                violation_error_message="上一个照片包还在处理，请稍候。",
            ),
            models.CheckConstraint(name="photo_counts_agree", condition=Q(matched__lte=F("done"))),
        ]

    def __str__(self) -> str:
        return f"照片包 {self.pk}"
