"""Seating a session: first a plan that can be looked at, then exactly that plan."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from exams.enums import EntryStatus, SessionStatus, SittingStatus
from exams.models import Entry, ExamSession, Seat, Sitting
from exams.rules.seating import PersonFact, SeatGiven, SeatingPlan, SittingFact, plan_seats
from kupasi.acts import Act
from kupasi.audit.models import Entry as AuditEntry
from kupasi.audit.services import compose, record, record_many
from kupasi.errors import Refusal

from . import entries, seats
from .sittings import Blocked, blocked_now

CHUNK = 1000


@dataclass(frozen=True, slots=True)
class SeatingPreview:
    """What seating would do now; `digest` names this very plan."""

    plan: SeatingPlan
    people: int
    digest: str


def preview_seating(exam_session_id: int, *, at: datetime, blocked: Blocked | None = None) -> SeatingPreview:
    """The plan for everybody of the session who has no seat yet, in sittings still to come; nothing is written.

    `blocked` gives, per candidate, the spans of days on which the person may not sit (rules E6); left out, the apps
    above are asked, which put their answer into `sittings.blocked_spans`.
    """
    session = ExamSession.objects.get(pk=exam_session_id)
    people = _people(session, blocked_now() if blocked is None else blocked)
    plan = plan_seats(people, _sittings(session, at=at), seed=session.seat_seed)
    return SeatingPreview(plan, len(people), hashlib.sha256(repr(plan).encode()).hexdigest())


@transaction.atomic
def seat_session(exam_session_id: int, *, by: Act, blocked: Blocked | None = None, digest: str = "") -> SeatingPreview:
    """Seat everybody who can be seated; those left over are named with the reason.

    With `digest` exactly the plan that was looked at is carried out. Two staff at once wait for each other, and every
    place is taken by a conditional UPDATE. Refuses with `stale` when the facts changed since, and with `wrong_status`.
    """
    session = ExamSession.objects.select_for_update().get(pk=exam_session_id)
    if session.status in (SessionStatus.CANCELLED, SessionStatus.PUBLISHED):
        raise Refusal("wrong_status", "该评价场次已取消或已公布成绩，不能再编排。")
    preview = preview_seating(exam_session_id, at=by.at, blocked=blocked)
    if digest and preview.digest != digest:
        raise Refusal("stale", "预览之后名单或场次有变动，请重新预览后再确认。")
    if preview.plan.given:
        _carry_out(preview.plan, by=by)
        session.status = SessionStatus.ARRANGED
        session.save(update_fields=["status"])
        done = {"seats": len(preview.plan.given), "left_over": len(preview.plan.left_over), "seed": session.seat_seed}
        record(by, "session.seated", session, after=done)
    return preview


def _carry_out(plan: SeatingPlan, *, by: Act) -> None:
    wanted: dict[int, list[SeatGiven]] = defaultdict(list)
    for one in plan.given:
        wanted[one.sitting_id].append(one)
    for sitting_id in sorted(wanted):
        if not seats.take(sitting_id, count=len(wanted[sitting_id])):
            raise Refusal("stale", "名额刚刚被占用，请重新预览后再确认。")
    by_key = {(one.entry_id, one.subject_id): one for one in plan.given}
    entry_ids = {one.entry_id for one in plan.given}
    rows = list(Seat.objects.select_for_update().filter(entry_id__in=entry_ids).order_by("pk"))
    for row in rows:
        given = by_key[row.entry_id, row.subject_id]
        row.sitting_id, row.number = given.sitting_id, given.number
    Seat.objects.bulk_update(rows, ["sitting", "number"], batch_size=CHUNK)
    _seated(entry_ids, by=by)


def _seated(entry_ids: set[int], *, by: Act) -> None:
    """The entries' move to seated, with one audit line each, in few statements."""
    moved = Entry.objects.filter(pk__in=entry_ids, status=EntryStatus.ENROLLED).update(status=EntryStatus.SEATED)
    if moved != len(entry_ids):
        raise Refusal("stale", "名单刚刚有变动，请重新预览后再确认。")
    before, after = {"status": EntryStatus.ENROLLED}, {"status": EntryStatus.SEATED}
    lines: list[AuditEntry] = [
        compose(by, "entry.seated", one, before=before, after=after)
        for one in Entry.objects.filter(pk__in=entry_ids).order_by("pk")
    ]
    record_many(lines)


@transaction.atomic
def unseat(entry_id: int, *, by: Act, reason: str) -> Entry:
    """Take an entry's seats back so that it can be arranged anew; its ticket number stays, the ticket is worthless
    until its next version (rules K3, K5). Refuses with `wrong_status`."""
    entry = entries.locked(entry_id)
    if entry.status == EntryStatus.ENROLLED:
        return entry
    entries.move_to(entry, EntryStatus.ENROLLED, by=by, action="entry.unseated", reason=reason)
    seats.free_all(entry)
    entries.revoke_ticket(entry, by=by, reason=reason)
    return entry


@transaction.atomic
def move_seat(seat_id: int, *, sitting_id: int, by: Act, reason: str, blocked: Blocked | None = None) -> Seat:
    """Give one seat another sitting of the same subject and session, lowest free number.

    Refuses with `wrong_status`, `wrong_subject`, `full`, `clash`, `barred`.
    """
    seat = Seat.objects.select_for_update(of=("self",)).select_related("entry", "subject").get(pk=seat_id)
    if seat.sitting_id == sitting_id:
        return seat
    target = Sitting.objects.get(pk=sitting_id, exam_session_id=seat.entry.exam_session_id)
    if seat.entry.status not in entries.SEATED or seat.sitting_id is None:
        raise Refusal("wrong_status", "该人员还没有座位，或已经参加考试，不能换场。")
    if target.subject_id != seat.subject_id or target.status != SittingStatus.PLANNED:
        raise Refusal("wrong_subject", "只能换到同一科目、尚未结束的场次。")
    _judge_move(seat, target, blocked=blocked_now() if blocked is None else blocked)
    if not seats.take(target.pk):
        raise Refusal("full", "这一场名额已满，请选择其他场次。")
    before = {"sitting": seat.sitting_id, "number": seat.number}
    seats.free([seat])
    seat.sitting, seat.number = target, _lowest_free(target.pk)
    seat.save(update_fields=["sitting", "number"])
    record(by, "seat.moved", seat, before=before, after={"sitting": target.pk, "number": seat.number}, reason=reason)
    return seat


def _judge_move(seat: Seat, target: Sitting, *, blocked: Blocked) -> None:
    person = PersonFact(
        entry_id=seat.entry_id,
        subject_ids=(seat.subject_id,),
        busy=tuple(_busy([seat.entry.candidate_id], leave_out=seat).get(seat.entry.candidate_id, ())),
        barred=tuple(blocked.get(seat.entry.candidate_id, ())),
    )
    plan = plan_seats([person], [_fact(target, frozenset())], seed=0)
    if plan.left_over:
        words = {"clash": "与本人另一场考试时间冲突，请选择其他场次。", "barred": "该日期在不得参加评价的期限内。"}
        code = plan.left_over[0][1]
        clause = "本单位规定：考试时间不得冲突" if code == "clash" else "须知 三、四"
        raise Refusal(code, words.get(code, "不能换到这一场。"), clause)


def _lowest_free(sitting_id: int) -> int:
    used = set(Seat.objects.filter(sitting_id=sitting_id).values_list("number", flat=True))
    return next(number for number in range(1, len(used) + 2) if number not in used)


def _people(session: ExamSession, blocked: Blocked) -> list[PersonFact]:
    rows = Entry.objects.filter(exam_session=session, status=EntryStatus.ENROLLED).order_by("pk")
    subjects: dict[int, list[int]] = defaultdict(list)
    seats_open = Seat.objects.filter(entry__in=rows).order_by("subject__order", "subject_id")
    for entry_id, subject_id in seats_open.values_list("entry_id", "subject_id"):
        subjects[entry_id].append(subject_id)
    busy = _busy([one.candidate_id for one in rows])
    return [
        PersonFact(
            entry_id=one.pk,
            subject_ids=tuple(subjects[one.pk]),
            has_original=one.papers_in_at is not None,
            has_needs=bool(one.needs),
            busy=tuple(busy.get(one.candidate_id, ())),
            barred=tuple(blocked.get(one.candidate_id, ())),
        )
        for one in rows
    ]


def _busy(candidate_ids: list[int], *, leave_out: Seat | None = None) -> dict[int, list[tuple[datetime, datetime]]]:
    """When each candidate already sits somewhere, whatever the occupation (rules E5)."""
    found: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    rows = Seat.objects.filter(entry__candidate__in=candidate_ids, sitting__isnull=False)
    rows = rows.exclude(sitting__status=SittingStatus.CANCELLED).exclude(entry__status=EntryStatus.CANCELLED)
    if leave_out is not None:
        rows = rows.exclude(pk=leave_out.pk)
    for candidate_id, starts, ends in rows.order_by("pk").values_list(
        "entry__candidate_id", "sitting__starts_at", "sitting__ends_at"
    ):
        found[candidate_id].append((starts, ends))
    return found


def _sittings(session: ExamSession, *, at: datetime) -> list[SittingFact]:
    used: dict[int, set[int]] = defaultdict(set)
    for sitting_id, number in Seat.objects.filter(sitting__exam_session=session).values_list("sitting_id", "number"):
        if sitting_id is not None and number is not None:
            used[sitting_id].add(number)
    rows = Sitting.objects.filter(exam_session=session, status=SittingStatus.PLANNED, starts_at__gt=at)
    return [_fact(one, frozenset(used[one.pk])) for one in rows.select_related("room").order_by("pk")]


def _fact(row: Sitting, used: frozenset[int]) -> SittingFact:
    return SittingFact(row.pk, row.subject_id, row.room.site_id, row.on, row.starts_at, row.ends_at, row.capacity, used)
