"""Papers for a site's day that somebody asked for and the worker makes."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from exams.enums import PrintKind, PrintState, Sheet
from kupasi.people.storage import private_storage, upload_any

from .entries import TicketPacket
from .venues import Room, Site


def no_sheets() -> list[str]:
    """Nothing chosen: a packet has no choice of sheets."""
    return []


class PrintRun(models.Model):
    """Room papers or a site's packet, asked for: queued → working → done or failed; the papers are kept for days only.

    A worker holds a run by `claim` and shows that it lives by `beat_at`; a silent one loses it to the next.
    """

    kind = models.CharField("种类", max_length=8, choices=PrintKind.choices())
    site = models.ForeignKey(Site, models.PROTECT, related_name="prints", verbose_name="考核点")
    on = models.DateField("考试日")
    room = models.ForeignKey(
        Room, models.PROTECT, null=True, blank=True, related_name="prints", verbose_name="考场"
    )  # fmt: skip
    sheets = models.JSONField("材料", default=no_sheets, blank=True)
    state = models.CharField("状态", max_length=8, choices=PrintState.choices(), default=PrintState.QUEUED)
    done = models.PositiveIntegerField("已完成", default=0)
    total = models.PositiveIntegerField("总数", default=0)
    attempts = models.PositiveSmallIntegerField("尝试", default=0)
    claim = models.CharField(max_length=32, blank=True)
    beat_at = models.DateTimeField("进展时间", null=True, blank=True)
    problem = models.CharField("原因", max_length=200, blank=True)
    file = models.FileField("文件", storage=private_storage, upload_to=upload_any, blank=True)
    packet = models.ForeignKey(
        TicketPacket, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="备份包"
    )
    asked_at = models.DateTimeField("申请时间")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="申请人")
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "考场材料"
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["state", "beat_at"], name="print_queue")]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="print_done_has_result",
                condition=~Q(state=PrintState.DONE.value) | Q(packet__isnull=False) | ~Q(file=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.site} {self.on:%Y-%m-%d}"

    @property
    def where(self) -> str:
        """The room, or that all rooms are meant."""
        return self.room.name if self.room else "全部考场"

    @property
    def sheet_names(self) -> list[str]:
        """The chosen sheets in words."""
        return [Sheet(code).label for code in self.sheets]

    @property
    def is_open(self) -> bool:
        """Whether there is something to wait for."""
        return self.state in (PrintState.QUEUED, PrintState.WORKING)
