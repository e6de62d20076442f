"""The outbox of letters, and the pulse of the background work."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models

from kupasi.people.models import Candidate

from .enums import JOBS, Channel, NoticeStatus, error_words


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Letters as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """One's own letters."""
        if not user.is_authenticated:
            return self.none()
        person = Candidate.objects.filter(user=user).values_list("pk", flat=True).first()
        if person is None:
            return self.filter(user=user)
        return self.filter(models.Q(user=user) | models.Q(candidate=person))  # each side is found by its index

    def in_app(self) -> Self:
        """What the letter box on the page shows."""
        return self.filter(channel=Channel.IN_APP)


class Notice(models.Model):
    """One letter by one channel: a row written in the transaction that causes it, sent later by a sweep."""

    key = models.CharField("唯一键", max_length=120, unique=True)
    kind = models.CharField("种类", max_length=40)
    channel = models.CharField("渠道", max_length=8, choices=Channel.choices())
    candidate = models.ForeignKey(Candidate, models.PROTECT, null=True, blank=True, related_name="notices")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="notices")
    subject = models.CharField("标题", max_length=120)
    body = models.TextField("正文")
    url = models.CharField("链接", max_length=200, blank=True)
    about_type = models.CharField(max_length=60, blank=True)
    about_id = models.CharField(max_length=40, blank=True)
    status = models.CharField("状态", max_length=10, choices=NoticeStatus.choices(), default=NoticeStatus.QUEUED)
    tries = models.PositiveSmallIntegerField("次数", default=0)
    next_try_at = models.DateTimeField("下次发送")
    last_error = models.CharField("最近错误", max_length=60, blank=True)
    queued_at = models.DateTimeField("写入时间")
    sent_at = models.DateTimeField("发出时间", null=True, blank=True)
    read_at = models.DateTimeField("阅读时间", null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "信件"
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(
                fields=["next_try_at"], name="notice_due", condition=models.Q(status=NoticeStatus.QUEUED.value)
            ),
            models.Index(fields=["candidate", "channel", "-id"], name="notice_of_candidate"),
            models.Index(
                fields=["user", "channel", "-id"], name="notice_of_user", condition=models.Q(user__isnull=False)
            ),
            models.Index(
                fields=["candidate", "queued_at"],
                name="notice_given_up",
                condition=models.Q(status=NoticeStatus.FAILED.value),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="notice_has_reader",
                condition=models.Q(candidate__isnull=False) | models.Q(user__isnull=False),
                violation_error_message="信件要有收件人。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject}（{self.get_channel_display()}）"

    @property
    def why(self) -> str:
        """The last error in words."""
        return error_words(self.last_error)


class Posting(models.Model):
    """That an undelivered letter was printed and taken to the post: when, by whom, and the receipt's number."""

    notice = models.OneToOneField(Notice, models.PROTECT, related_name="posting", verbose_name="信件")
    posted_on = models.DateField("交寄日期")
    proof = models.CharField("挂号或快递单号", max_length=60)
    posted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="经办人")
    noted_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "邮寄登记"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="posting_with_proof", condition=~models.Q(proof=""), violation_error_message="请填写交寄凭证。"
            )
        ]

    def __str__(self) -> str:
        return f"{self.posted_on:%Y-%m-%d} {self.proof}"


class Heartbeat(models.Model):
    """The last sign of life of a part of the product: `worker`, `clock`."""

    part = models.CharField("部件", max_length=20, primary_key=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "心跳"

    def __str__(self) -> str:
        return f"{self.part} {self.at:%H:%M:%S}"


class JobRun(models.Model):
    """That a periodic job had its effect for a period, once, whatever the clocks do."""

    job = models.CharField("任务", max_length=60)
    period = models.CharField("周期", max_length=20)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "任务记录"
        constraints: ClassVar = [models.UniqueConstraint(name="job_once_per_period", fields=["job", "period"])]

    def __str__(self) -> str:
        return f"{self.words} {self.period}"

    @property
    def words(self) -> str:
        """The job in words."""
        return JOBS.get(self.job, self.job)
