"""Correcting attendance in a closed room: the reason is kept, and the papers are counted again (rules M2)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from exams.enums import Attendance, SittingStatus
from exams.models import MarkEntry, RoomRecord, Seat, Sitting
from exams.services.settings import number
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal

from .attendance import CLAUSE, count_attendance, judge_statement, lock_seat, write_statement
from .closing import CLAUSE as COUNTED
from .closing import MOST_PAPERS, count_present


@dataclass(frozen=True, slots=True)
class Recount:
    """What was counted again for a correction: the papers there are, and why they differ from those present."""

    papers: int | None = None
    reason: str = ""


NOT_COUNTED = Recount()


@transaction.atomic
def correct_attendance(seat_id: int, *, attendance: str, reason: str, by: Act, recount: Recount = NOT_COUNTED) -> Seat:
    """Correct a statement after the sitting was closed; the reason and the old state are kept.

    What turns absent into present or back changes how many papers there should be: where a room was closed by a count,
    they are counted again. A count that differs needs its reason, and waits for a second person (`confirm_count`).
    Refuses with `unknown_state`, `not_yours`, `not_closed`, `reason_missing`, `count_missing`, `count_differs`, and
    `marks_entered` where marks were already entered and the correction turns.
    """
    seat, sitting = lock_seat(seat_id, by=by)
    if sitting.status != SittingStatus.CLOSED:
        raise Refusal("not_closed", "本场尚未结束登记，可直接登记到考情况。", CLAUSE)
    judge_statement(seat, sitting, attendance=attendance, doors=number("doors_open_minutes"), by=by)
    if seat.attendance == attendance:
        return seat
    if not reason.strip():
        raise Refusal("reason_missing", "结束登记后更正，请写明理由。", CLAUSE)
    turns = Attendance.ABSENT in (seat.attendance, attendance)
    if turns and MarkEntry.objects.filter(seat=seat).exists():
        raise Refusal("marks_entered", "该科目已经录分，请先由成绩发布人员退回录分，再更正到考情况。", CLAUSE)
    write_statement(seat, attendance, by=by, action="attendance.corrected", reason=reason.strip())
    count_attendance(sitting)
    sitting.save(update_fields=["came", "missed"])
    if turns:
        _count_again(sitting, recount, by=by)
    return seat


def _count_again(sitting: Sitting, recount: Recount, *, by: Act) -> None:
    """Put the new count on the room's record; a room closed without one, as an import is, has none to agree with."""
    row = RoomRecord.objects.select_for_update().filter(sitting=sitting).first()
    if row is None:
        return
    present = count_present(sitting)
    papers = _judge(recount, row, present=present)
    before = {"present": row.present, "papers": row.papers, "reason": row.reason}
    row.present, row.papers, row.by, row.at = present, papers, by.person, by.at
    row.reason = "" if row.agrees else " ".join(recount.reason.split())[:200]
    row.second_by = row.second_at = None
    row.save()
    after = {"present": present, "papers": papers, "reason": row.reason}
    record(by, "room.recounted", row, before=before, after=after, reason=row.reason)


def _judge(recount: Recount, row: RoomRecord, *, present: int) -> int:
    """The papers that were counted. Refuses with `count_missing`, `count_differs`."""
    if recount.papers is None or not 0 <= recount.papers <= MOST_PAPERS:
        words = f"更正后实到 {present} 人，而登记的收回份数是 {row.papers} 份。请重新清点，填写收回份数后再更正。"
        raise Refusal("count_missing", words, COUNTED, present=present)
    if recount.papers != present and not recount.reason.strip():
        words = (
            f"更正后实到 {present} 人，收回 {recount.papers} 份，不一致。请重新清点；"
            "确实不一致的，写明不一致的理由，由另一名监考确认。"
        )
        raise Refusal("count_differs", words, COUNTED, present=present)
    return recount.papers
