"""Closing a room: every seat stated, papers counted; a count that differs needs a reason and a second person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from exams.enums import Attendance, SittingStatus
from exams.models import RoomRecord, Sitting
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal

from .attendance import close_sitting, judge_closing, live_seats, own_sitting

CLAUSE = "本单位规定：考场记录"
MOST_PAPERS = 9_999


@dataclass(frozen=True, slots=True)
class Count:
    """What the invigilator counted: when it really began and ended, papers or work pieces collected, why it differs."""

    started_at: datetime
    ended_at: datetime
    papers: int
    reason: str = ""


@transaction.atomic
def close_room(sitting_id: int, count: Count, *, by: Act) -> RoomRecord:
    """Close a room whose count agrees; one that differs, with its reason, waits for a second person.

    Closing a closed room changes nothing. Refuses as `close_sitting` does, and with `bad_time`, `count_differs`,
    `sitting_closed` (closed without a count).
    """
    sitting = own_sitting(sitting_id, by=by)
    row = RoomRecord.objects.filter(sitting=sitting).first()
    if sitting.status == SittingStatus.CLOSED:
        if row is None:
            raise Refusal("sitting_closed", "本场已结束登记；需要更正的，请在座位上写明理由后更正。", CLAUSE)
        return row
    judge_closing(sitting, by=by)
    present = count_present(sitting)
    _judge(count, present=present, by=by)
    row = row or RoomRecord(sitting=sitting)
    row.started_at, row.ended_at, row.papers = count.started_at, count.ended_at, count.papers
    row.present, row.by, row.at = present, by.person, by.at
    row.reason = "" if row.agrees else " ".join(count.reason.split())[:200]
    row.second_by = row.second_at = None
    row.save()
    after = {"present": present, "papers": row.papers}
    record(by, "room.counted", row, after=after, reason=row.reason)
    if row.agrees:
        close_sitting(sitting.pk, by=by)
    return row


@transaction.atomic
def confirm_count(sitting_id: int, *, by: Act) -> RoomRecord:
    """The second person has counted too: the room closes although the count differs, or stays closed after a
    correction whose count differs.

    Refuses with `not_yours`, `nothing_to_confirm`, `same_person`, `stale` (attendance changed since), and as
    `close_sitting` does.
    """
    sitting = own_sitting(sitting_id, by=by)
    row = RoomRecord.objects.select_for_update().filter(sitting=sitting).first()
    if row is not None and row.second_by_id == by.person.pk:
        return row
    if row is None or not row.waits:
        raise Refusal("nothing_to_confirm", "没有等待确认的份数，请刷新页面。", CLAUSE)
    if row.by_id == by.person.pk:
        raise Refusal("same_person", "份数不一致须由另一名监考清点确认；本场只有一名监考的，请考务增派。", CLAUSE)
    if row.present != count_present(sitting):
        raise Refusal("stale", "登记份数之后到考情况有变动，请重新清点后再登记。", CLAUSE)
    row.second_by, row.second_at = by.person, by.at
    row.save(update_fields=["second_by", "second_at"])
    record(by, "room.count_confirmed", row, after={"present": row.present, "papers": row.papers})
    close_sitting(sitting.pk, by=by)
    return row


def count_present(sitting: Sitting) -> int:
    """How many are present or late."""
    return live_seats(sitting).filter(attendance__in=(Attendance.PRESENT, Attendance.LATE)).count()


def _judge(count: Count, *, present: int, by: Act) -> None:
    if not count.started_at < count.ended_at <= by.at:
        raise Refusal("bad_time", "结束时间要晚于开始时间，且不晚于现在。", CLAUSE)
    if not 0 <= count.papers <= MOST_PAPERS:
        raise Refusal("count_differs", "请填写收回的份数。", CLAUSE)
    if count.papers != present and not count.reason.strip():
        words = f"实到 {present} 人，收回 {count.papers} 份，不一致。请重新清点；确实不一致的，写明理由后由第二人确认。"
        raise Refusal("count_differs", words, CLAUSE, present=present)
