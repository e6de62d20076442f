"""Append-only entries of who did what, and the chain that seals them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class Entry(models.Model):
    """One change or one logged look: written in the transaction of what it records, never changed or deleted."""

    at = models.DateTimeField("时间")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="操作人"
    )
    job = models.CharField("任务", max_length=60, blank=True)
    address = models.CharField("地址", max_length=45, blank=True)
    action = models.CharField("动作", max_length=60)
    object_type = models.CharField("对象类型", max_length=60)
    object_id = models.CharField("对象编号", max_length=40)
    before = models.JSONField("之前", default=dict, blank=True)
    after = models.JSONField("之后", default=dict, blank=True)
    reason = models.TextField("理由", blank=True)
    digest = models.CharField("摘要", max_length=64, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "审计记录"
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["object_type", "object_id", "id"], name="audit_of_object")]

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} {self.object_id}"


class Seal(models.Model):
    """One link of the chain: the entry's digest bound to every digest before it."""

    position = models.PositiveBigIntegerField("序号", primary_key=True)
    entry = models.OneToOneField(Entry, models.PROTECT, related_name="seal", verbose_name="记录")
    chain = models.CharField("链", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "审计链"
        ordering: ClassVar = ["position"]

    def __str__(self) -> str:
        return f"{self.position} {self.chain[:12]}"
