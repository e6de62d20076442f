"""Seating a session: first a plan that can be looked at, then exactly that plan."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Max, Q

from exams.enums import EntryStatus, SessionStatus, SittingStatus
from exams.models import Entry, ExamSession, Seat, SeatingRun, Sitting
from exams.rules import seating_file
from exams.rules.seating import plan_seats
from exams.rules.seating_facts import PersonFact, SeatingPlan, SittingFact
from exams.rules.seating_report import SeatingReport, report_on
from kupasi.acts import Act
from kupasi.audit.models import Entry as AuditEntry
from kupasi.audit.services import compose, record, record_many
from kupasi.errors import Refusal

from . import entries, seats
from .seat_writing import write_seats
from .seating_facts import busy_times, facts_of, people_of, sittings_of
from .seeds import commit_seed
from .sittings import Blocked, blocked_now

CHUNK = 1000
DRAWN = "本单位规定：编排公开抽签"
MOVE_WORDS = {
    "clash": ("与本人另一场考试时间冲突，请选择其他场次。", "本单位规定：考试时间不得冲突"),
    "barred": ("该日期在不得参加评价的期限内。", "须知 三、四"),
    "staff": ("这一场的考务人员与其所在机构有关系、须回避，请选择其他场次。", "本单位规定：考务人员回避"),
    "no_place": ("这一场名额已满，请选择其他场次。", ""),
}


@dataclass(frozen=True, slots=True)
class SeatingPreview:
    """What seating would do now; `digest` names this very plan, `roster` is what it came from besides the seed."""

    plan: SeatingPlan
    people: int
    digest: str
    roster: tuple[tuple[PersonFact, ...], tuple[SittingFact, ...]] = ((), ())


def preview_seating(exam_session_id: int, *, at: datetime, blocked: Blocked | None = None) -> SeatingPreview:
    """The plan for everybody of the session who has no seat yet, in sittings still to come; nothing is written but,
    where the sweep has not come by yet, the session's seed.

    `blocked` gives, per candidate, the spans of days on which the person may not sit (rules E6); left out, the apps
    above are asked, which put their answer into `sittings.blocked_spans`.
    """
    session = ExamSession.objects.get(pk=exam_session_id)
    people = tuple(people_of(session, blocked=blocked_now() if blocked is None else blocked))
    sittings = tuple(sittings_of(session, at=at))
    plan = plan_seats(people, sittings, seed=_seed(session, at=at))
    digest = seating_file.sha256(seating_file.plan_bytes(plan))
    return SeatingPreview(plan, len(people), digest, (people, sittings))


def look_over(exam_session_id: int, preview: SeatingPreview, *, at: datetime) -> SeatingReport:
    """What the previewed plan is like: fill, neighbours of one institution before and after, needs not met."""
    session = ExamSession.objects.get(pk=exam_session_id)
    people, sittings = preview.roster
    return report_on(preview.plan, people, sittings, seed=_seed(session, at=at))


def _seed(session: ExamSession, *, at: datetime) -> str:
    return commit_seed(session.pk, by=Act(None, at, job="commit-seeds")).secret


@transaction.atomic
def seat_session(exam_session_id: int, *, by: Act, blocked: Blocked | None = None, digest: str = "") -> SeatingPreview:
    """Seat everybody who can be seated; those left over are named with the reason.

    With `digest` exactly the plan that was looked at is carried out. Two staff at once wait for each other, and every
    place is taken by a conditional UPDATE. Refuses with `stale` when the facts changed since, `wrong_status`, and
    `seed_revealed` once everybody can foresee what would be drawn.
    """
    session = ExamSession.objects.select_for_update().get(pk=exam_session_id)
    if session.status in (SessionStatus.CANCELLED, SessionStatus.PUBLISHED):
        raise Refusal("wrong_status", "该评价场次已取消或已公布成绩，不能再编排。")
    if commit_seed(session.pk, by=by).revealed_at is not None:
        raise Refusal("seed_revealed", "编排种子已经公开，不能再整场编排，请用“调整座位”逐个补排。", DRAWN)
    preview = preview_seating(exam_session_id, at=by.at, blocked=blocked)
    if digest and preview.digest != digest:
        raise Refusal("stale", "预览之后名单或场次有变动，请重新预览后再确认。")
    if preview.plan.given:
        carry_out(preview.plan, by=by)
        session.status = SessionStatus.ARRANGED
        session.save(update_fields=["status"])
        run = _keep_run(session, preview, by=by)
        done = {"seats": run.seats, "left_over": run.left_over, "plan": run.plan_sha256, "roster": run.roster_sha256}
        record(by, "session.seated", session, after=done)
    return preview


def _keep_run(session: ExamSession, preview: SeatingPreview, *, by: Act) -> SeatingRun:
    """What anybody needs besides the seed to get the same plan again."""
    last = SeatingRun.objects.filter(exam_session=session).aggregate(last=Max("number"))["last"] or 0
    content = seating_file.roster_bytes(*preview.roster)
    run = SeatingRun(exam_session=session, number=last + 1, made_at=by.at, made_by=by.actor)
    run.plan_sha256, run.roster_sha256 = preview.digest, seating_file.sha256(content)
    run.seats, run.left_over = len(preview.plan.given), len(preview.plan.left_over)
    run.roster.save("roster.json", ContentFile(content), save=False)
    run.save(force_insert=True)
    return run


def carry_out(plan: SeatingPlan, *, by: Act) -> None:
    """Take the places, write the seats, move the entries on. Refuses with `stale`."""
    if not seats.take_many(Counter(one.sitting_id for one in plan.given)):
        raise Refusal("stale", "名额刚刚被占用，请重新预览后再确认。")
    if write_seats(plan.given) != len(plan.given):
        raise Refusal("stale", "名单刚刚有变动，请重新预览后再确认。")
    _seated(sorted({one.entry_id for one in plan.given}), by=by)


def _seated(entry_ids: list[int], *, by: Act) -> None:
    """The entries' move to seated, with one audit line each, in few statements."""
    before, after = {"status": EntryStatus.ENROLLED}, {"status": EntryStatus.SEATED}
    for start in range(0, len(entry_ids), CHUNK):
        some = entry_ids[start : start + CHUNK]
        moved = Entry.objects.filter(pk__in=some, status=EntryStatus.ENROLLED).update(status=EntryStatus.SEATED)
        if moved != len(some):
            raise Refusal("stale", "名单刚刚有变动，请重新预览后再确认。")
        lines: list[AuditEntry] = [
            compose(by, "entry.seated", Entry(pk=one), before=before, after=after) for one in some
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
    target = Sitting.objects.select_related("room", "subject").get(
        pk=sitting_id, exam_session_id=seat.entry.exam_session_id
    )
    if seat.entry.status not in entries.SEATED or seat.sitting_id is None:
        raise Refusal("wrong_status", "该人员还没有座位，或已经参加考试，不能换场。")
    if target.subject_id != seat.subject_id or target.status != SittingStatus.PLANNED:
        raise Refusal("wrong_subject", "只能换到同一科目、尚未结束的场次。")
    number = _judge_move(seat, facts_of([target])[0], blocked=blocked_now() if blocked is None else blocked)
    if not seats.take(target.pk):
        raise Refusal("full", "这一场名额已满，请选择其他场次。")
    before = {"sitting": seat.sitting_id, "number": seat.number}
    seats.free([seat])
    seat.sitting, seat.number = target, number
    seat.save(update_fields=["sitting", "number"])
    record(by, "seat.moved", seat, before=before, after={"sitting": target.pk, "number": seat.number}, reason=reason)
    return seat


def _judge_move(seat: Seat, target: SittingFact, *, blocked: Blocked) -> int:
    """The number that the seat would get there."""
    candidate_id = seat.entry.candidate_id
    person = PersonFact(
        entry_id=seat.entry_id,
        subject_ids=(seat.subject_id,),
        busy=tuple(busy_times(Q(entry__candidate=candidate_id), leave_out=[seat.pk]).get(candidate_id, ())),
        barred=tuple((first, last) for first, last in blocked.get(candidate_id, ())),
        institution_id=seat.entry.institution_id,
    )
    plan = plan_seats([person], [target], seed="")
    if plan.left_over:
        code = plan.left_over[0][1]
        message, clause = MOVE_WORDS.get(code, ("不能换到这一场，请选择其他场次。", ""))
        raise Refusal("full" if code == "no_place" else code, message, clause)
    return plan.given[0].number
