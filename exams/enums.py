"""Choices of the exams, and the legal moves between states."""

from __future__ import annotations

from kupasi.people.enums import Choice


class PlanStatus(Choice):
    """A draft opens nothing."""

    DRAFT = "draft", "草案"
    PUBLISHED = "published", "已公布"


class DayKind(Choice):
    """What the State Council's arrangement makes of a day."""

    OFF = "off", "休"
    WORK = "work", "班"


class SessionStatus(Choice):
    """评价场次."""

    PLANNED = "planned", "筹备"
    ARRANGED = "arranged", "已编排"
    CANCELLED = "cancelled", "已取消"
    PUBLISHED = "published", "成绩已公布"


class DisruptionKind(Choice):
    """What the organiser did to a session or a sitting with people in it (rules A4)."""

    SESSION_CANCELLED = "session_cancelled", "场次取消"
    SESSION_MOVED = "session_moved", "场次改期"
    SITTING_CANCELLED = "sitting_cancelled", "一场取消"
    SITTING_MOVED = "sitting_moved", "一场改期"


class SittingStatus(Choice):
    """一场."""

    PLANNED = "planned", "待考"
    CLOSED = "closed", "已结束"
    CANCELLED = "cancelled", "已取消"


class RoomState(Choice):
    """How far a room is with its day: the same words on every page that lists rooms."""

    BEFORE = "before", "待考"
    OPEN = "open", "登记中"
    COUNTED = "counted", "份数等第二人确认"
    CLOSED = "closed", "已结束登记"

    @property
    def tone(self) -> str:
        """The tone of its tag."""
        return {"before": "neutral", "open": "info", "counted": "warn", "closed": "good"}[self.value]


class Numbering(Choice):
    """In which order the seats of a room are numbered, seen from the door at the front."""

    ROWS = "rows", "逐排，从左到右"
    ROWS_SNAKE = "rows_snake", "逐排，左右往返（S 形）"
    COLUMNS = "columns", "逐列，从前到后"
    COLUMNS_SNAKE = "columns_snake", "逐列，前后往返（S 形）"


class DutyRole(Choice):
    """What somebody does at a site on a day."""

    HEAD = "head", "考核点负责人"
    INVIGILATOR = "invigilator", "监考"
    EXAMINER = "examiner", "考评员"


class EntryKind(Choice):
    """新考 or 补考."""

    FULL = "full", "新考"
    RETAKE = "retake", "补考"


class EntrySource(Choice):
    """Where a person's sitting comes from (通知 四(四))."""

    REGULAR = "regular", "社会化评价"
    COMPETITION = "competition", "职业技能竞赛"


class EntryStatus(Choice):
    """A candidate in a session: enrolled → seated → ticketed → sat → published; or cancelled."""

    ENROLLED = "enrolled", "待编排"
    SEATED = "seated", "已排座"
    TICKETED = "ticketed", "准考证已制"
    SAT = "sat", "已考"
    PUBLISHED = "published", "成绩已公布"
    CANCELLED = "cancelled", "已取消"


class TicketStatus(Choice):
    """made → sent → confirmed or disputed → deposited at the site (rules K2)."""

    MADE = "made", "已制作"
    SENT = "sent", "已发送"
    CONFIRMED = "confirmed", "已确认"
    DISPUTED = "disputed", "有异议"
    DEPOSITED = "deposited", "已送考核点"
    REVOKED = "revoked", "已作废"


class Attendance(Choice):
    """Absence is asserted, never a default (rules M2)."""

    UNKNOWN = "unknown", "未登记"
    PRESENT = "present", "到考"
    LATE = "late", "迟到"
    ABSENT = "absent", "缺考"


class CheckInSource(Choice):
    """How a scan reached the house."""

    ONLINE = "online", "在线"
    OFFLINE = "offline", "离线"
    PAPER = "paper", "签到表"


class DoorResult(Choice):
    """What the door answers to a ticket; the first three let the person in."""

    OK = "ok", "可以入场"
    LATE = "late", "迟到，可以入场"
    LET_IN = "let_in", "监督放行"
    ALREADY = "already", "已经入场"
    WRONG_ROOM = "wrong_room", "不在本考场"
    WRONG_TIME = "wrong_time", "不是这一场"
    OLD_VERSION = "old_version", "准考证已更新"
    CANCELLED = "cancelled", "参评已取消"
    BARRED = "barred", "不得参加评价"
    EARLY = "early", "还没有到入场时间"
    TOO_LATE = "too_late", "已停止入场"
    FORGED = "forged", "准考证无效"
    UNKNOWN = "unknown", "查无此证"
    MISMATCH = "mismatch", "人证不符"


ADMITTED = frozenset({DoorResult.OK, DoorResult.LATE, DoorResult.LET_IN})
OVERRIDABLE = frozenset({DoorResult.OLD_VERSION, DoorResult.EARLY, DoorResult.TOO_LATE, DoorResult.MISMATCH})


class MarkStatus(Choice):
    """Mark and status are separate (rules M2)."""

    NORMAL = "normal", "正常"
    ABSENT = "absent", "缺考"
    BREACH = "breach", "违纪待定"
    CANCELLED = "cancelled", "成绩取消"


class ReleaseState(Choice):
    """An approved batch waits, and is published, withdrawn by a person, or stopped because the rows changed (R18)."""

    WAITING = "waiting", "等待公布"
    PUBLISHED = "published", "已公布"
    WITHDRAWN = "withdrawn", "已撤回"
    STOPPED = "stopped", "已停止"


class RecheckStatus(Choice):
    """A recheck waits until it is answered, by words alone or by a corrected mark (rules M6)."""

    ASKED = "asked", "复核中"
    UPHELD = "upheld", "维持原成绩"
    CORRECTED = "corrected", "成绩已更正"


class RecheckPoint(Choice):
    """What a recheck looks at, and nothing else (rules M6)."""

    MISSED = "missed", "有题目漏评"
    SUM = "sum", "分数合计有误"
    ENTRY = "entry", "登记录入有误"
    BREACH = "breach", "违纪记录有误"


ENTRY_NEXT: dict[EntryStatus, set[EntryStatus]] = {
    EntryStatus.ENROLLED: {EntryStatus.SEATED, EntryStatus.CANCELLED},
    EntryStatus.SEATED: {EntryStatus.TICKETED, EntryStatus.ENROLLED, EntryStatus.SAT, EntryStatus.CANCELLED},
    EntryStatus.TICKETED: {EntryStatus.SAT, EntryStatus.ENROLLED, EntryStatus.CANCELLED},
    EntryStatus.SAT: {EntryStatus.PUBLISHED, EntryStatus.CANCELLED},
    EntryStatus.PUBLISHED: set(),
    EntryStatus.CANCELLED: set(),
}

TICKET_NEXT: dict[TicketStatus, set[TicketStatus]] = {
    TicketStatus.MADE: {
        TicketStatus.SENT,
        TicketStatus.CONFIRMED,
        TicketStatus.DISPUTED,
        TicketStatus.DEPOSITED,
        TicketStatus.REVOKED,
    },
    TicketStatus.SENT: {
        TicketStatus.CONFIRMED,
        TicketStatus.DISPUTED,
        TicketStatus.DEPOSITED,
        TicketStatus.REVOKED,
        TicketStatus.MADE,
    },
    TicketStatus.CONFIRMED: {TicketStatus.DEPOSITED, TicketStatus.DISPUTED, TicketStatus.REVOKED, TicketStatus.MADE},
    TicketStatus.DISPUTED: {TicketStatus.CONFIRMED, TicketStatus.DEPOSITED, TicketStatus.REVOKED, TicketStatus.MADE},
    TicketStatus.DEPOSITED: {TicketStatus.REVOKED, TicketStatus.MADE, TicketStatus.CONFIRMED, TicketStatus.DISPUTED},
    TicketStatus.REVOKED: {TicketStatus.MADE},
}


class Sheet(Choice):
    """The papers of a room; a schedule is a whole site's."""

    SCHEDULE = "schedule", "考场安排表"
    SIGN_IN = "sign_in", "签到表"
    IDENTITY = "identity", "身份核对单"
    RECORD = "record", "考场记录表"
    PLAN = "plan", "座次表"
    DOOR = "door", "门贴"
    DESK = "desk", "桌贴"
    PAPERS = "papers", "试卷交接单"
    PIECES = "pieces", "工件交接单"


class PrintKind(Choice):
    """What the worker is asked to make for a site's day."""

    PAPERS = "papers", "考场材料"
    PACKET = "packet", "备份包"


class PrintState(Choice):
    """Asked for, in a worker's hands, ready, given up."""

    QUEUED = "queued", "等待制作"
    WORKING = "working", "制作中"
    DONE = "done", "已完成"
    FAILED = "failed", "未能完成"
