"""Webhooks of institutions: where changes of state are told, and what was told when (no name, no number: ids alone)."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from kupasi.people.fields import EncryptedTextField
from kupasi.people.models import Institution, acts_for
from registration.enums import ApplicationStatus, DeliveryState, RosterStatus

PERSON = settings.AUTH_USER_MODEL
EVENTS = {"application.status": "申报状态", "roster.status": "团体申报状态"}
ERRORS = {
    "closed": "地址已停用",
    "bad_address": "地址不能使用",
    "private_address": "地址不在公网上",
    "unknown_host": "找不到这个地址",
    "timeout": "对方没有及时应答",
    "connection": "没有连上对方",
}


class WebhookQuerySet(models.QuerySet["Webhook"]):
    """Webhooks as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """The own institution's, for whoever manages its accounts."""
        if not user.is_authenticated or user.is_staff:
            return self.none()
        institution = acts_for(user, "account.create_clerk")
        return self.filter(institution=institution) if institution else self.none()


class Webhook(models.Model):
    """An address of an institution's own system, with the secret by which what arrives there is known as ours."""

    institution = models.ForeignKey(Institution, models.PROTECT, related_name="webhooks", verbose_name="机构")
    url = models.CharField("地址", max_length=300)
    secret = EncryptedTextField("签名密钥")
    is_active = models.BooleanField("启用", default=True)
    created_at = models.DateTimeField("建立时间")
    created_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="建立人")

    objects = WebhookQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "状态推送"
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="webhook_address_once",
                fields=["institution", "url"],
                condition=Q(is_active=True),
                violation_error_message="这个地址已在使用。",
            )
        ]

    def __str__(self) -> str:
        return f"状态推送 {self.pk}"


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    """Deliveries as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """Along with the webhook."""
        return self.filter(webhook__in=Webhook.objects.visible_to(user))


class WebhookDelivery(models.Model):
    """One event on its way: a row written in the causing transaction, sent later by a sweep."""

    webhook = models.ForeignKey(Webhook, models.PROTECT, related_name="deliveries", verbose_name="状态推送")
    event = models.CharField("事件", max_length=40)
    payload = models.JSONField("内容", help_text="只有编号和状态")
    state = models.CharField("状态", max_length=8, choices=DeliveryState.choices(), default=DeliveryState.QUEUED)
    tries = models.PositiveSmallIntegerField("次数", default=0)
    next_try_at = models.DateTimeField("下次发送")
    last_error = models.CharField("最近错误", max_length=40, blank=True)
    queued_at = models.DateTimeField("写入时间")
    sent_at = models.DateTimeField("送达时间", null=True, blank=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "推送记录"
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(fields=["next_try_at"], name="delivery_due", condition=Q(state=DeliveryState.QUEUED.value)),
            models.Index(fields=["webhook", "-id"], name="delivery_of_webhook"),
        ]

    def __str__(self) -> str:
        return f"推送 {self.pk}"

    @property
    def about(self) -> str:
        """What it told of, as the log shows it: a number and the state that was reached."""
        number = self.payload.get("application") or self.payload.get("roster") or "—"
        states = dict(ApplicationStatus.choices() if "application" in self.payload else RosterStatus.choices())
        said = str(self.payload.get("status", ""))
        return f"{number} {states.get(said, said)}".strip()

    @property
    def event_words(self) -> str:
        """The event in words; the receiver is sent its code."""
        return EVENTS.get(self.event, self.event)

    @property
    def why(self) -> str:
        """The last error in words."""
        answered = self.last_error.removeprefix("http_")
        return f"对方应答 {answered}" if answered != self.last_error else ERRORS.get(self.last_error, self.last_error)
