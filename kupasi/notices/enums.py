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


ERRORS = {  # why a letter did not leave; what is not here is the name of an exception, told as it is
    "no_address": "没有可用的地址",
    "SmsError": "短信平台没有接受",
    "SMTPRecipientsRefused": "邮件服务器不接受这个地址",
    "SMTPAuthenticationError": "邮件服务器不接受我们的账号",
    "SMTPServerDisconnected": "邮件服务器断开了连接",
    "ConnectionRefusedError": "服务器拒绝连接",
    "TimeoutError": "服务器没有及时应答",
    "gaierror": "找不到服务器地址",
}
JOBS = {  # the periodic jobs by their names
    "backup": "备份",
    "restore-drill": "恢复演练",
    "audit-root": "审计日根",
    "retention": "到期资料清理",
    "check-invariants": "数据一致性检查",
    "rotate-keys": "更换加密密钥",
    "forget-breaches": "到期违纪资料清理",
    "issue-certificates": "签发证书",
    "flag-part-paid": "部分到账提示",
    "flag-part-paid-order": "团体部分到账提示",
    "warn-roster-order": "团体缴费到期提醒",
}


def error_words(code: str) -> str:
    """Why a letter did not leave, in words."""
    return ERRORS.get(code, f"没有发出（{code}）") if code else ""
