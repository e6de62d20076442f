"""Choices about applications and money, and the legal moves between states."""

from __future__ import annotations

from kupasi.people.enums import Choice


class ApplicationStatus(Choice):
    """The life of an application; from `confirmed` on, its entry tells how far it is (rules section 4)."""

    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待审核"
    RETURNED = "returned", "已退回"
    APPROVED = "approved", "待缴费"
    CONFIRMED = "confirmed", "已确认"
    CONCLUDED = "concluded", "已完成"
    REJECTED = "rejected", "不予受理"
    WITHDRAWN = "withdrawn", "已撤回"
    LAPSED = "lapsed", "逾期失效"
    CANCELLED = "cancelled", "已取消"


S = ApplicationStatus
NEXT: dict[ApplicationStatus, set[ApplicationStatus]] = {
    S.DRAFT: {S.SUBMITTED, S.WITHDRAWN},
    S.SUBMITTED: {S.APPROVED, S.RETURNED, S.REJECTED, S.WITHDRAWN, S.CANCELLED},
    S.RETURNED: {S.SUBMITTED, S.REJECTED, S.WITHDRAWN, S.LAPSED, S.CANCELLED},
    S.APPROVED: {S.CONFIRMED, S.WITHDRAWN, S.LAPSED, S.CANCELLED},
    S.CONFIRMED: {S.CONCLUDED, S.CANCELLED},
    S.CONCLUDED: set(),
    S.REJECTED: set(),
    S.WITHDRAWN: set(),
    S.LAPSED: set(),
    S.CANCELLED: set(),
}
OPEN = frozenset({S.SUBMITTED, S.RETURNED, S.APPROVED, S.CONFIRMED})
LIVE = OPEN | {S.CONCLUDED}


class Channel(Choice):
    """申报方式 (通知 二(二))."""

    WEB = "web", "网上申报"
    COUNTER = "counter", "现场申报"
    GROUP = "group", "团体申报"


class Step(Choice):
    """The four steps of the form, and what a reviewer may return."""

    IDENTITY = "identity", "身份信息"
    PHOTO = "photo", "照片"
    SUBJECTS = "subjects", "职业与科目"
    PLEDGE = "pledge", "条件与承诺"


class OrderStatus(Choice):
    """What has arrived against what is owed."""

    OPEN = "open", "待缴"
    PART = "part", "部分到账"
    PAID = "paid", "已缴清"
    OVER = "over", "多缴"
    CLOSED = "closed", "已关闭"


class PaymentMethod(Choice):
    """How money came in at the counter."""

    CASH = "cash", "现金"
    TRANSFER = "transfer", "银行转账"
    POS = "pos", "刷卡"
