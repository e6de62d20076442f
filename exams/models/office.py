"""The office's own settings and what it publishes for download."""

from __future__ import annotations

from typing import ClassVar, Self

from django.conf import settings
from django.db import models

from kupasi.people.storage import private_storage, upload_any


class Setting(models.Model):
    """A changed value of the settings catalogue (`exams/defaults.py`); a key without a row has its default."""

    key = models.CharField("名称", max_length=60, primary_key=True)
    value = models.JSONField("值")
    changed_at = models.DateTimeField("修改时间")
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "设置"
        ordering: ClassVar = ["key"]

    def __str__(self) -> str:
        return self.key


class DocumentQuerySet(models.QuerySet["Document"]):
    """Documents as the public may see them."""

    def public(self) -> Self:
        """Published ones."""
        return self.filter(published_at__isnull=False, withdrawn_at=None)


class Document(models.Model):
    """A notice or download of the public site; its file comes in versions."""

    title = models.CharField("标题", max_length=120)
    body = models.TextField("正文", blank=True)
    created_at = models.DateTimeField("建立时间")
    published_at = models.DateTimeField("公布时间", null=True, blank=True)
    withdrawn_at = models.DateTimeField("撤下时间", null=True, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "公告与下载"
        ordering: ClassVar = ["-published_at", "-pk"]

    def __str__(self) -> str:
        return self.title


class DocumentVersion(models.Model):
    """One version of a document's file, with its hash."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="versions", verbose_name="公告")
    version = models.PositiveSmallIntegerField("版本")
    file = models.FileField("文件", storage=private_storage, upload_to=upload_any)
    file_name = models.CharField("文件名", max_length=120)
    size = models.PositiveIntegerField("字节数")
    sha256 = models.CharField(max_length=64)
    added_at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = verbose_name_plural = "公告文件版本"
        ordering: ClassVar = ["document", "-version"]
        constraints: ClassVar = [models.UniqueConstraint(name="document_version_once", fields=["document", "version"])]

    def __str__(self) -> str:
        return f"{self.document} v{self.version}"
