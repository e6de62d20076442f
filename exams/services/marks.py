"""Marks: entered twice by two people who do not see each other's, a difference goes to a third (rules M1–M3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F

from exams.enums import Attendance, MarkStatus, SittingStatus
from exams.models import Mark, MarkEntry, Release, Seat
from exams.rules.marks import EntryFact, Settlement, judge_entry, judge_marker, parse_mark, settle
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal, raise_first

from .relations import judge_seat

ABSENT = "absent"
CLAUSE = "本单位规定：双人录入、他人公布"
ROUNDS = 3


@transaction.atomic
def enter_mark(seat_id: int, *, value: str, by: Act) -> MarkEntry:
    """Enter what one person reads off a paper: a mark as text, or `absent` (rules M1–M3).

    Repeating one's own value returns the entry that is there. Refuses with `mark_format`, `mark_range`,
    `mark_decimals`, `same_person`, `already_settled`, `absent_with_mark`, `not_absent`, `not_closed`, `not_yours`,
    `conflict_of_interest`.
    """
    seat = _lock(seat_id, by=by)
    mark = read_value(value, seat)
    made = list(seat.mark_entries.order_by("round"))
    own = next((one for one in made if one.entered_by_id == by.person.pk), None)
    if own is not None and own.value == mark and own.is_absent == (mark is None):
        return own
    refusal = judge_marker(by.person.pk, [fact_of(one) for one in made])
    if refusal is not None:
        raise Refusal.from_fact(refusal)
    if len(made) >= ROUNDS:
        raise Refusal("rounds_used", "三次录入各不相同，请录入人员核对答卷后改正本人的录入。", CLAUSE)
    entry = MarkEntry.objects.create(
        seat=seat,
        round=len(made) + 1,
        value=mark,
        is_absent=mark is None,
        entered_by=by.person,
        entered_at=by.at,
    )
    record(by, "mark.entered", seat, after={"round": entry.round})
    _settle(seat, by=by)
    return entry


@transaction.atomic
def correct_entry(seat_id: int, *, value: str, version: int, by: Act) -> MarkEntry:
    """Correct one's own entry before it is compared, from the version that one saw (R17).

    While a difference waits for the third, the two first entries stand; once three differ, each may look again.
    Refuses with `stale` (extra: `current`, `yours`), `no_entry`, `entry_stands`, `already_settled`, and the codes
    of the value.
    """
    seat = _lock(seat_id, by=by)
    mark = read_value(value, seat)
    made = list(seat.mark_entries.order_by("round"))
    own = next((one for one in made if one.entered_by_id == by.person.pk), None)
    if own is None:
        raise Refusal("no_entry", "您还没有录入这一科目。", CLAUSE)
    if settle([fact_of(one) for one in made]).state == "settled":
        raise Refusal("already_settled", "该科目成绩已核对一致，不能再改。", CLAUSE)
    if len(made) == ROUNDS - 1:
        raise Refusal("entry_stands", "两次录入不一致，等待第三人核定，现在不能修改。", CLAUSE)
    changed = MarkEntry.objects.filter(pk=own.pk, version=version).update(
        value=mark, is_absent=mark is None, entered_at=by.at, version=F("version") + 1
    )
    if not changed:
        raise Refusal("stale", "这一条刚被改过，请看清两个值后再保存。", CLAUSE, current=as_text(own), yours=value)
    record(by, "mark.corrected", seat, before={"round": own.round, "version": version})
    _settle(seat, by=by)
    return MarkEntry.objects.get(pk=own.pk)


@transaction.atomic
def start_over(seat_id: int, *, reason: str, by: Act) -> None:
    """Take back every entry of an unpublished subject, so that it is marked anew; what was there stays in the record.

    Refuses with `reason_missing`, `published`, `batch_approved`.
    """
    seat = Seat.objects.select_for_update(of=("self",)).select_related("entry").get(pk=seat_id)
    if not reason.strip():
        raise Refusal("reason_missing", "退回录分请写明理由。", CLAUSE)
    if Mark.objects.published().filter(seat=seat).exists():
        raise Refusal("published", "成绩已经公布，不能退回录分。", CLAUSE)
    judge_not_frozen(seat.entry.exam_session_id)
    made = list(seat.mark_entries.order_by("round"))
    if not made:
        return
    before = {"entries": [{"round": one.round, "value": as_text(one), "by": one.entered_by_id} for one in made]}
    Mark.objects.filter(seat=seat).delete()
    seat.mark_entries.all().delete()
    record(by, "mark.started_over", seat, before=before, reason=reason.strip())


def judge_not_frozen(exam_session_id: int) -> None:
    """An approved batch stays as it is until it is out or the approval is withdrawn. Refuses with `batch_approved`."""
    if Release.objects.waiting().filter(exam_session=exam_session_id).exists():
        raise Refusal("batch_approved", "本场次的成绩已批准等待公布；需要改动的，请先撤回批准。", CLAUSE)


def as_text(entry: MarkEntry) -> str:
    """An entry as it is typed: "82.5" or `absent`."""
    return ABSENT if entry.value is None else f"{entry.value:.1f}"


def settlement_of(entries: list[MarkEntry]) -> Settlement:
    """Where the entries of one seat stand, in the order of their rounds."""
    return settle([fact_of(one) for one in entries])


def _lock(seat_id: int, *, by: Act) -> Seat:
    """The seat, locked: entries of one seat are made one after the other, on both databases."""
    rows = Seat.objects.select_for_update(of=("self",)).select_related("sitting", "entry__candidate")
    seat = rows.get(pk=seat_id)
    if seat.sitting is None or not seat.sitting.markers.filter(pk=by.person.pk).exists():
        raise Refusal("not_yours", "您没有这一场的录分任务。", CLAUSE)
    if seat.sitting.status != SittingStatus.CLOSED:
        raise Refusal("not_closed", "本场尚未结束到考登记，请稍后录分。", "本单位规定：到考登记")
    judge_seat(seat, marker=by.person)
    return seat


def read_value(value: str, seat: Seat) -> Decimal | None:
    """The mark that a text states, None for an absence; both must agree with the room's record (rules M2)."""
    missed = seat.attendance == Attendance.ABSENT
    if value == ABSENT:
        if not missed:
            message = "考场登记为到考，不能录为缺考；考场记录有误的，请监考先更正。"
            raise Refusal("not_absent", message, "本单位规定：到考登记")
        return None
    answer = parse_mark(value)
    raise_first(answer.errors)
    wrong = judge_entry(MarkStatus.ABSENT if missed else MarkStatus.NORMAL, answer.value)
    if wrong is not None:
        raise Refusal.from_fact(wrong)
    return answer.value


def fact_of(entry: MarkEntry) -> EntryFact:
    """An entry as the rules see it."""
    status = MarkStatus.ABSENT if entry.is_absent else MarkStatus.NORMAL
    return EntryFact(entry.entered_by_id, status, entry.value)


def settled_mark(seat: Seat, made: list[MarkEntry], *, by: Act) -> Mark | None:
    """The mark on which the entries of a seat agree, not yet written; None while they do not."""
    answer = settlement_of(made)
    if answer.state != "settled":
        return None
    people: list[Any] = [one.entered_by for one in made] + [None] * (ROUNDS - len(made))
    return Mark(
        seat=seat,
        value=answer.value,
        status=answer.status,
        first_by=people[0],
        second_by=people[1],
        third_by=people[2],
        settled_at=by.at,
    )


def _settle(seat: Seat, *, by: Act) -> None:
    """Write the mark as soon as two entries agree."""
    made = list(MarkEntry.objects.filter(seat=seat).select_related("entered_by").order_by("round"))
    mark = settled_mark(seat, made, by=by)
    if mark is not None:
        mark.save(force_insert=True)
        record(by, "mark.settled", mark, after={"status": mark.status, "rounds": len(made)})
