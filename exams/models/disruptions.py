"""What the organiser did to a session or a sitting that people were in (rules A4)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from exams.enums import DisruptionKind
from kupasi.approvals.models import Proposal

from .calendar import ExamSession
from .venues import Sitting

PERSON = settings.AUTH_USER_MODEL
K = DisruptionKind
OF_SESSION = (K.SESSION_CANCELLED.value, K.SESSION_MOVED.value)


class Disruption(models.Model):
    """A session or sitting that was cancelled or moved by two people, and until when those in it may choose."""

    kind = models.CharField("事项", max_length=20, choices=K.choices())
    exam_session = models.ForeignKey(ExamSession, models.PROTECT, related_name="disruptions", verbose_name="评价场次")
    sitting = models.ForeignKey(
        Sitting, models.PROTECT, null=True, blank=True, related_name="disruptions", verbose_name="一场"
    )
    target = models.ForeignKey(
        ExamSession, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="改到"
    )
    before = models.CharField("原安排", max_length=120)
    after = models.CharField("新安排", max_length=120, blank=True)
    reason = models.CharField("原因", max_length=200)
    answer_until = models.DateField("选择截止日（含）")
    is_provisional = models.BooleanField("暂定", default=False)
    proposal = models.OneToOneField(Proposal, models.PROTECT, related_name="disruption", verbose_name="审批")
    asked_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="申请人")
    approved_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="批准人")
    decided_at = models.DateTimeField("批准时间")

    class Meta:
        verbose_name = verbose_name_plural = "取消与改期"
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["answer_until"], name="disruption_due")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="session_called_off_once",
                fields=["exam_session"],
                condition=Q(kind__in=OF_SESSION),
                violation_error_message="该评价场次已取消或改期。",
            ),
            models.CheckConstraint(name="disruption_kind_known", condition=Q(kind__in=[one.value for one in K])),
            models.CheckConstraint(
                name="disruption_of_sitting",
                condition=(Q(kind__in=OF_SESSION) & Q(sitting=None))
                | (~Q(kind__in=OF_SESSION) & Q(sitting__isnull=False)),
            ),
            models.CheckConstraint(
                name="disruption_moved_somewhere",
                condition=Q(kind=K.SESSION_MOVED.value, target__isnull=False)
                | (~Q(kind=K.SESSION_MOVED.value) & Q(target=None)),
            ),
            models.CheckConstraint(
                name="disruption_by_two",
                condition=~Q(asked_by=models.F("approved_by")),
                violation_error_message="取消或改期须由两人办理。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.before} {self.get_kind_display()}"

    @property
    def is_of_session(self) -> bool:
        """Whether the whole session is called off."""
        return self.kind in OF_SESSION
