"""Calling off a session or a sitting, moving either: what changes in the exams; the people's choice is above (A4)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from exams import signals
from exams.enums import Attendance, DisruptionKind, EntryStatus, SessionStatus, SittingStatus
from exams.models import Disruption, Entry, ExamSession, Room, Seat, Sitting
from exams.rules.disruptions import answer_until
from kupasi.acts import Act
from kupasi.approvals.models import Proposal
from kupasi.audit.services import record
from kupasi.clock import SHANGHAI
from kupasi.dates import month_start
from kupasi.errors import Refusal

from . import arranging, entries
from .calendar import work_calendar
from .settings import number
from .sittings import change_sitting

CLAUSE = "须知 一"
K = DisruptionKind
BEFORE_SITTING = (EntryStatus.ENROLLED, EntryStatus.SEATED, EntryStatus.TICKETED)
OVER = (SessionStatus.CANCELLED, SessionStatus.PUBLISHED)


@transaction.atomic
def call_off_session(exam_session_id: int, *, target_id: int | None, proposal: Proposal, by: Act) -> Disruption:
    """Cancel a session, or move it whole to another month's; repeating it returns what is there.

    Its sittings are cancelled with it. Seats and tickets of each person go when the person is told, by the sweep of
    the app above. Refuses with `wrong_status`, `started`, `wrong_target`.
    """
    session = ExamSession.objects.select_for_update().get(pk=exam_session_id)
    known = Disruption.objects.filter(exam_session=session, kind__in=[K.SESSION_CANCELLED, K.SESSION_MOVED]).first()
    if known is not None:
        return known
    judge_session(session, at=by.at)
    target = _target(session, target_id, on=by.on) if target_id is not None else None
    before = SessionStatus(session.status)
    session.status = SessionStatus.CANCELLED
    session.save(update_fields=["status"])
    record(by, "session.cancelled", session, before={"status": before}, after={"status": session.status})
    for sitting in Sitting.objects.select_for_update().filter(exam_session=session, status=SittingStatus.PLANNED):
        _cancel(sitting, reason=proposal.reason, by=by)
    kind = K.SESSION_CANCELLED if target is None else K.SESSION_MOVED
    after = f"{target.exam_month:%Y年%m月}" if target else ""
    kept = _keep(kind, session, proposal, before=str(session), after=after, target=target, by=by)
    signals.session_cancelled.send(ExamSession, exam_session_id=session.pk, disruption_id=kept.pk, by=by)
    return kept


@transaction.atomic
def move_sitting(
    sitting_id: int, *, room: Room, starts_at: datetime, ends_at: datetime, proposal: Proposal, by: Act
) -> Disruption:
    """Move a sitting with the people in it to another time. Refuses with `no_change` and as `change_sitting` does.

    Their tickets differ from the facts from now on, so that the ticket sweep makes the next version (rules K5).
    """
    sitting = Sitting.objects.select_related("exam_session", "subject", "room__site").get(pk=sitting_id)
    before = described(sitting)
    if (sitting.room_id, sitting.starts_at, sitting.ends_at) == (room.pk, starts_at, ends_at):
        raise Refusal("no_change", "时间和考场与现在的安排相同，没有需要改的。", CLAUSE)
    if starts_at <= by.at:
        raise Refusal("started", "新的开考时间已经过去，请选择以后的时间。", CLAUSE)
    moved = change_sitting(sitting_id, by=by, reason=proposal.reason, room=room, starts_at=starts_at, ends_at=ends_at)
    people = people_in(sitting_id)
    kept = _keep(
        K.SITTING_MOVED, sitting.exam_session, proposal, before=before, after=described(moved), sitting=moved,
        exam_on=moved.on, by=by,
    )  # fmt: skip
    signals.sitting_disrupted.send(Sitting, disruption_id=kept.pk, entry_ids=people, by=by)
    return kept


@transaction.atomic
def cancel_sitting(sitting_id: int, *, proposal: Proposal, by: Act) -> Disruption:
    """Cancel a sitting; its people lose their seats and wait to be arranged anew in the same session.

    Refuses with `started`, and with `already_sat` when some of them have sat another subject: then it can be moved.
    """
    sitting = Sitting.objects.select_for_update(of=("self",)).select_related("exam_session", "subject").get(
        pk=sitting_id
    )  # fmt: skip
    if sitting.status != SittingStatus.PLANNED or sitting.starts_at <= by.at:
        raise Refusal("started", "这一场已经开考、结束或取消，不能再取消。", CLAUSE)
    people = people_in(sitting_id)
    sat = Seat.objects.filter(sitting=sitting).exclude(entry__in=people).exclude(entry__status=EntryStatus.CANCELLED)
    begun = Seat.objects.filter(entry__in=people).exclude(attendance=Attendance.UNKNOWN)
    if sat.exists() or begun.exists():
        message = "有人已经考过本场次的其他科目，这一场不能取消，请改期。"
        raise Refusal("already_sat", message, CLAUSE)
    before = described(sitting)
    for pk in people:
        arranging.unseat(pk, by=by, reason=proposal.reason)
    sitting.refresh_from_db(fields=["taken"])
    _cancel(sitting, reason=proposal.reason, by=by)
    kept = _keep(K.SITTING_CANCELLED, sitting.exam_session, proposal, before=before, sitting=sitting, by=by)
    signals.sitting_disrupted.send(Sitting, disruption_id=kept.pk, entry_ids=people, by=by)
    return kept


@transaction.atomic
def transfer(entry_id: int, *, exam_session_id: int, by: Act, reason: str) -> Entry:
    """Take a person who has not sat over to another session: papers, kept passes and ticket number stay (K3, T2).

    Seats are free, the ticket is worthless until its next version. Refuses with `wrong_status`.
    """
    entry = entries.locked(entry_id)
    if entry.exam_session_id == exam_session_id:
        return entry
    release(entry_id, by=by, reason=reason)
    entry = entries.locked(entry_id)
    before = {"exam_session": entry.exam_session_id}
    entry.exam_session_id = exam_session_id
    entry.save(update_fields=["exam_session"])
    record(by, "entry.transferred", entry, before=before, after={"exam_session": exam_session_id}, reason=reason)
    return entry


def release(entry_id: int, *, by: Act, reason: str) -> None:
    """Seats back and ticket revoked, for somebody who was seated; nothing for others. Refuses with `wrong_status`."""
    entry = entries.locked(entry_id)
    if entry.status not in BEFORE_SITTING:
        raise Refusal("wrong_status", "该人员已经参加考试或已取消，不能改到其他场次。", CLAUSE)
    arranging.unseat(entry_id, by=by, reason=reason)


def judge_session(session: ExamSession, *, at: datetime) -> None:
    """Refuse with `wrong_status` what is over, and with `started` once a sitting of it has begun."""
    if session.status in OVER:
        raise Refusal("wrong_status", "该评价场次已取消或已公布成绩，不能再取消或改期。", CLAUSE)
    begun = Sitting.objects.filter(exam_session=session).exclude(status=SittingStatus.CANCELLED)
    if begun.filter(Q(starts_at__lte=at) | Q(status=SittingStatus.CLOSED), taken__gt=0).exists():
        message = "该评价场次已有科目开考，不能整场取消；请逐场改期或取消尚未开考的场次。"
        raise Refusal("started", message, CLAUSE)


def people_in(sitting_id: int) -> list[int]:
    """The entries in a sitting whose people have not sat yet."""
    rows = Seat.objects.filter(sitting=sitting_id, entry__status__in=BEFORE_SITTING)
    return list(rows.order_by("entry").values_list("entry", flat=True))


def described(sitting: Sitting) -> str:
    """A sitting in words for those in it: subject, day and time, place."""
    starts = sitting.starts_at.astimezone(SHANGHAI)
    room = Room.objects.select_related("site").get(pk=sitting.room_id)
    return f"{sitting.subject} {starts:%Y-%m-%d %H:%M} {room}"[:120]


def _target(session: ExamSession, target_id: int, *, on: date) -> ExamSession:
    """The session that everybody goes to: of the same occupation, still to come, not over."""
    target = ExamSession.objects.select_related("occupation").get(pk=target_id)
    same = target.occupation_id == session.occupation_id and target.pk != session.pk
    if not same or target.status in OVER or target.exam_month < month_start(on):
        raise Refusal("wrong_target", "只能改到同一职业、尚未结束的其他评价月，请重新选择。", CLAUSE)
    return target


def _cancel(sitting: Sitting, *, reason: str, by: Act) -> None:
    before = SittingStatus(sitting.status)
    sitting.status = SittingStatus.CANCELLED
    sitting.save(update_fields=["status"])
    record(by, "sitting.cancelled", sitting, before={"status": before}, after={"status": sitting.status}, reason=reason)


def _keep(
    kind: DisruptionKind,
    session: ExamSession,
    proposal: Proposal,
    *,
    by: Act,
    before: str,
    after: str = "",
    target: ExamSession | None = None,
    sitting: Sitting | None = None,
    exam_on: date | None = None,
) -> Disruption:
    due = answer_until(by.on, work_calendar(), days=number("disruption_answer_days"), exam_on=exam_on)
    kept = Disruption.objects.create(
        kind=kind, exam_session=session, sitting=sitting, target=target, before=before, after=after,
        reason=proposal.reason, answer_until=due.on, is_provisional=due.provisional, proposal=proposal,
        asked_by=proposal.asked_by, approved_by=by.person, decided_at=by.at,
    )  # fmt: skip
    record(by, "disruption.decided", kept, after={"kind": kind, "answer_until": due.on}, reason=proposal.reason)
    return kept
