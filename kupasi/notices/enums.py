"""Choices about letters."""

from __future__ import annotations

from kupasi.people.enums import Choice


class Channel(Choice):
    """How a letter travels."""

    IN_APP = "in_app", "站内"
    EMAIL = "email", "电子邮件"
    SMS = "sms", "短信"


class NoticeStatus(Choice):
    """queued → sent → delivered → confirmed; failed after the last try, then perhaps posted on paper."""

    QUEUED = "queued", "待发"
    SENT = "sent", "已发"
    DELIVERED = "delivered", "已送达"
    CONFIRMED = "confirmed", "已确认"
    FAILED = "failed", "未送达"
    POSTED = "posted", "已邮寄"
