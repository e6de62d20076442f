"""Choices of discipline, and the legal moves of a case."""

from __future__ import annotations

from kupasi.people.enums import Choice


class CaseStatus(Choice):
    """A case, from the record to what became of it (rules S8–S10)."""

    RECORDED = "recorded", "已记录"
    CONFIRMED = "confirmed", "考核点已确认"
    EXAMINED = "examined", "已调查"
    NOTICED = "noticed", "已告知拟处理意见"
    HEARD = "heard", "已陈述申辩"
    DECIDED = "decided", "已作出决定"
    SERVED = "served", "决定已送达"
    CARRIED_OUT = "carried_out", "已执行"
    IN_REVIEW = "in_review", "复核中"
    DROPPED = "dropped", "不予处理"
    OVERTURNED = "overturned", "复核后撤销"


S = CaseStatus
CASE_NEXT: dict[CaseStatus, set[CaseStatus]] = {
    S.RECORDED: {S.CONFIRMED},
    S.CONFIRMED: {S.EXAMINED},
    S.EXAMINED: {S.NOTICED},
    S.NOTICED: {S.HEARD, S.DECIDED, S.DROPPED},
    S.HEARD: {S.DECIDED, S.DROPPED},
    S.DECIDED: {S.SERVED},
    S.SERVED: {S.CARRIED_OUT, S.IN_REVIEW},
    S.CARRIED_OUT: {S.IN_REVIEW},
    S.IN_REVIEW: {S.SERVED, S.CARRIED_OUT, S.OVERTURNED},
    S.DROPPED: set(),
    S.OVERTURNED: set(),
}
UNDECIDED = frozenset({S.RECORDED, S.CONFIRMED, S.EXAMINED, S.NOTICED, S.HEARD})
FINISHED = frozenset({S.DROPPED, S.OVERTURNED})


class Checked(Choice):
    """Whether a file from outside may be opened: a picture is drawn anew, a PDF waits for a scanner or a person."""

    WAITING = "waiting", "待查毒"
    CLEAN = "clean", "可以查看"
    INFECTED = "infected", "查出病毒"


class Origin(Choice):
    """How a case came to light; all take the same road (rules S6)."""

    ROOM = "room", "考场记录"
    AFTERWARDS = "afterwards", "事后发现"
    COMPLAINT = "complaint", "投诉举报"
    MATERIALS = "materials", "材料审核"


class Signature(Choice):
    """Whether the person signed the record (rules S8)."""

    SIGNED = "signed", "本人已签字"
    REFUSED = "refused", "本人拒签，两名工作人员见证"
    ABSENT = "absent", "事后发现，本人不在场"


class Severity(Choice):
    """情节 (须知 四)."""

    LESSER = "lesser", "情节轻微（2 年）"
    SERIOUS = "serious", "情节严重（5 年）"


class Outcome(Choice):
    """What a decision makes of the intended one; never a heavier one."""

    UPHOLD = "uphold", "按拟处理意见决定"
    REDUCE = "reduce", "从轻处理"
    DROP = "drop", "不予处理"


class Answer(Choice):
    """What the person said to the notice."""

    STATEMENT = "statement", "已提交陈述申辩"
    WAIVED = "waived", "放弃陈述申辩"


class LetterKind(Choice):
    """Papers of a case."""

    NOTICE = "notice", "拟处理意见告知书"
    DECISION = "decision", "处理决定书"
    REVIEW = "review", "复核决定书"


class ServedHow(Choice):
    """送达方式."""

    PERSON = "person", "当面送达"
    POST = "post", "邮寄送达"
    ELECTRONIC = "electronic", "电子送达"
    PUBLIC = "public", "公告送达"


class Step(Choice):
    """What was done on a case: one row each, never changed."""

    RECORDED = "recorded", "记录"
    COUNTERSIGNED = "countersigned", "第二人签署"
    EVIDENCE = "evidence", "补充证据"
    CONFIRMED = "confirmed", "考核点确认"
    EXAMINED = "examined", "调查"
    NOTICED = "noticed", "告知拟处理意见"
    NOTICE_SERVED = "notice_served", "告知书送达"
    STATEMENT = "statement", "陈述申辩"
    WAIVED = "waived", "放弃陈述申辩"
    SIGNED = "signed", "第一人签署决定"
    UNSIGNED = "unsigned", "收回签署"
    DECIDED = "decided", "作出决定"
    SIGNED_AGAIN = "signed_again", "核对变动后重新签署"
    SERVED = "served", "决定送达"
    CARRIED_OUT = "carried_out", "执行"
    REVIEW_ASKED = "review_asked", "申请复核"
    REVIEW_UPHELD = "review_upheld", "复核维持"
    OVERTURNED = "overturned", "复核撤销"
    DROPPED = "dropped", "不予处理"
    RECUSED = "recused", "回避"


class Register(Choice):
    """Where published data stand outside (rules S6, M7)."""

    SUISHENBAN = "suishenban", "随申办"
    OSTA = "osta", "技能人才评价工作网"


class Errand(Choice):
    """What an outside register is to be told."""

    CORRECT = "correct", "更正（成绩取消、证书作废）"
    RESTORE = "restore", "恢复（处理已撤销）"


class ComplaintStatus(Choice):
    """A complaint from the public."""

    RECEIVED = "received", "已收到"
    CASE = "case", "已立案"
    ANSWERED = "answered", "已答复"


class Likeness(Choice):
    """By what somebody resembles a barred person who is known by another document (rules E8)."""

    NAME = "name", "同名同生日"
    PHOTO = "photo", "照片相像"
