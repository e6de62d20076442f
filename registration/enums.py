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


class DeliveryState(Choice):
    """A webhook's event on its way."""

    QUEUED = "queued", "等待发送"
    SENT = "sent", "已送达"
    FAILED = "failed", "未送达"


class RosterStatus(Choice):
    """团体申报: a draft that the institution signs and submits; frozen from the submission on."""

    DRAFT = "draft", "草稿"
    SIGNED = "signed", "已签署"
    SUBMITTED = "submitted", "已提交"
    REVIEWED = "reviewed", "已审核"
    WITHDRAWN = "withdrawn", "已撤回"


R = RosterStatus
NEXT_ROSTER: dict[RosterStatus, set[RosterStatus]] = {
    R.DRAFT: {R.SIGNED, R.WITHDRAWN},
    R.SIGNED: {R.SUBMITTED, R.DRAFT, R.WITHDRAWN},
    R.SUBMITTED: {R.REVIEWED},
    R.REVIEWED: set(),
    R.WITHDRAWN: set(),
}


class UploadState(Choice):
    """A file of a roster on its way: nothing of the roster changes before it is taken."""

    QUEUED = "queued", "等待处理"
    READING = "reading", "正在读取"
    JUDGING = "judging", "正在核对"
    JUDGED = "judged", "核对完成"
    TAKEN = "taken", "已采用"
    FAILED = "failed", "无法读取"
    CANCELLED = "cancelled", "已取消"
    DISCARDED = "discarded", "已放弃"


U = UploadState
RUNNING = frozenset({U.QUEUED, U.READING, U.JUDGING})
NEXT_UPLOAD: dict[UploadState, set[UploadState]] = {
    U.QUEUED: {U.READING, U.FAILED, U.CANCELLED},
    U.READING: {U.READING, U.JUDGING, U.FAILED, U.CANCELLED},
    U.JUDGING: {U.READING, U.JUDGED, U.FAILED, U.CANCELLED},
    U.JUDGED: {U.TAKEN, U.DISCARDED},
    U.TAKEN: set(),
    U.FAILED: set(),
    U.CANCELLED: set(),
    U.DISCARDED: set(),
}


class MakingState(Choice):
    """A file that is made for an institution to fetch."""

    QUEUED = "queued", "等待制作"
    MAKING = "making", "正在制作"
    READY = "ready", "可以下载"
    FAILED = "failed", "没有做成"


class ListPaper(Choice):
    """What is made of a whole list."""

    WORKBOOK = "workbook", "工作簿"
    LIST = "list", "打印名单"


MAKING_RUNS = frozenset({MakingState.QUEUED, MakingState.MAKING})


class PhotoZipState(Choice):
    """A zip of portraits on its way."""

    QUEUED = "queued", "等待处理"
    WORKING = "working", "正在处理"
    DONE = "done", "处理完成"
    FAILED = "failed", "无法读取"


PHOTOS_RUNNING = frozenset({PhotoZipState.QUEUED, PhotoZipState.WORKING})


class ObjectionOutcome(Choice):
    """What the office found about somebody who objected to being filed for."""

    UPHELD = "upheld", "成立，停办"
    LIFTED = "lifted", "不成立，恢复办理"


class RowChange(Choice):
    """What a row of an upload is beside the roster as it stands."""

    NEW = "new", "新增"
    CHANGED = "changed", "有改动"
    UNCHANGED = "unchanged", "未变"


class ChoiceStatus(Choice):
    """What came of a cancelled or moved exam for one application (rules A4)."""

    DUE = "due", "待告知"
    OPEN = "open", "待选择"
    KEPT = "kept", "接受新安排"
    MOVED = "moved", "改到其他评价月"
    REFUND = "refund", "退费"
    ENDED = "ended", "已结束"
    REPLACED = "replaced", "又有变动"


C = ChoiceStatus
NEXT_CHOICE: dict[ChoiceStatus, set[ChoiceStatus]] = {
    C.DUE: {C.OPEN, C.KEPT, C.REFUND, C.ENDED, C.REPLACED},
    C.OPEN: {C.KEPT, C.MOVED, C.REFUND, C.ENDED, C.REPLACED},
    C.KEPT: set(),
    C.MOVED: set(),
    C.REFUND: set(),
    C.ENDED: set(),
    C.REPLACED: set(),
}
