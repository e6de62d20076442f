"""Repairing a session's arrangement: a broken seat, a lost room, late people; first looked at, then exactly so."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import astuple, dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from exams.enums import Attendance, EntryStatus, SessionStatus, SittingStatus
from exams.models import Entry, ExamSession, Room, Seat, Sitting
from exams.rules.rooms import in_a_line, neighbours
from exams.rules.seat_repair import Floorplan, Holder, Move, RepairPlan, plan_repair
from exams.rules.seating_facts import PersonFact, SittingFact
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal

from . import entries, seats
from .seating_facts import facts_of
from .sittings import Blocked, blocked_now

CLAUSE = "本单位规定：调整座位移动最少的人"
Time = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class SubjectRepair:
    """The repair of one subject; `lost` are the entries whose seat cannot be used any more."""

    subject_id: int
    plan: RepairPlan
    lost: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RepairPreview:
    """What the repair would do now; `digest` names exactly this."""

    subjects: tuple[SubjectRepair, ...]
    waiting: tuple[int, ...]
    digest: str

    @property
    def moves(self) -> list[tuple[int, Move]]:
        """(subject, move) of everybody who gets another seat or a first one."""
        return [(one.subject_id, move) for one in self.subjects for move in one.plan.moves]

    @property
    def moved(self) -> int:
        """People who had a seat and get another one, each counted once."""
        return len({move.entry_id for _, move in self.moves if move.before is not None})

    @property
    def added(self) -> set[int]:
        """Entries that get their first seats."""
        return {move.entry_id for _, move in self.moves if move.before is None}

    @property
    def homeless(self) -> set[int]:
        """Entries that lost a seat and for which there is none."""
        return {key for one in self.subjects for key in one.plan.left_over if key in one.lost}


def preview_repair(
    exam_session_id: int, *, at: datetime, lost: Collection[int] = (), blocked: Blocked | None = None
) -> RepairPreview:
    """The fewest moves after which nobody sits on a seat that cannot be used, or in a sitting of `lost`; people who
    wait for a seat are added where there is one. Nothing is written. Somebody is added in all subjects or in none.
    """
    session = ExamSession.objects.get(pk=exam_session_id)
    facts = _Facts(session, at=at, lost=lost, blocked=blocked_now() if blocked is None else blocked)
    waiting = set(facts.waiting)
    while True:
        subjects = facts.repaired(waiting)
        short = {key for one in subjects for key in one.plan.left_over if key in waiting}
        if not short:
            break
        waiting -= short
    left = tuple(sorted(set(facts.waiting) - waiting))
    words = [[one.subject_id, *map(astuple, one.plan.moves), one.plan.left_over, one.lost] for one in subjects]
    text = json.dumps([words, left, sorted(lost)], separators=(",", ":"))
    return RepairPreview(tuple(subjects), left, hashlib.sha256(text.encode()).hexdigest())


@transaction.atomic
def repair_session(
    exam_session_id: int,
    *,
    by: Act,
    digest: str,
    reason: str,
    lost: Collection[int] = (),
    blocked: Blocked | None = None,
) -> RepairPreview:
    """Carry out exactly the repair that was looked at; whoever moves gets the next version of the ticket (rules K5).

    Refuses with `stale`, `wrong_status`, `no_place` while somebody who lost a seat has no other.
    """
    session = ExamSession.objects.select_for_update().get(pk=exam_session_id)
    if session.status in (SessionStatus.CANCELLED, SessionStatus.PUBLISHED):
        raise Refusal("wrong_status", "该评价场次已取消或已公布成绩，不能再调整座位。", CLAUSE)
    preview = preview_repair(exam_session_id, at=by.at, lost=lost, blocked=blocked)
    if preview.digest != digest:
        raise Refusal("stale", "预览之后座位或名单有变动，请重新预览后再确认。", CLAUSE)
    if preview.homeless:
        words = f"还有 {len(preview.homeless)} 人没有座位可换，请先启用备用考场或新增一场，再调整。"
        raise Refusal("no_place", words, CLAUSE)
    _move(preview, by=by, reason=reason)
    for entry_id in sorted(preview.added):
        entry = entries.locked(entry_id)
        entries.move_to(entry, EntryStatus.SEATED, by=by, action="entry.seated", reason=reason)
    for sitting in Sitting.objects.select_for_update().filter(pk__in=lost, exam_session=session).order_by("pk"):
        _give_up(sitting, by=by, reason=reason)
    done = {"moved": preview.moved, "added": len(preview.added), "lost": sorted(lost)}
    record(by, "session.repaired", session, after=done, reason=reason)
    return preview


def _move(preview: RepairPreview, *, by: Act, reason: str) -> None:
    """All of them stand up first, so that nobody sits on anybody's lap meanwhile."""
    wanted = {(move.entry_id, subject_id): move for subject_id, move in preview.moves}
    rows = Seat.objects.select_for_update().filter(entry__in={key for key, _ in wanted}).order_by("pk")
    moving = [one for one in rows if (one.entry_id, one.subject_id) in wanted]
    before = {one.pk: {"sitting": one.sitting_id, "number": one.number} for one in moving}
    seats.free(moving)
    if len(moving) != len(wanted) or any(one.sitting_id is not None for one in moving):
        raise Refusal("stale", "名单刚刚有变动，请重新预览后再确认。", CLAUSE)
    for sitting_id, count in sorted(Counter(move.after[0] for move in wanted.values()).items()):
        if not seats.take(sitting_id, count=count):
            raise Refusal("stale", "名额刚刚被占用，请重新预览后再确认。", CLAUSE)
    for one in moving:
        one.sitting_id, one.number = wanted[one.entry_id, one.subject_id].after
        one.save(update_fields=["sitting", "number"])
        after = {"sitting": one.sitting_id, "number": one.number}
        record(by, "seat.moved", one, before=before[one.pk], after=after, reason=reason)


def _give_up(sitting: Sitting, *, by: Act, reason: str) -> None:
    """A lost room's sitting, empty now, is cancelled so that nobody is put into it again."""
    if sitting.status != SittingStatus.PLANNED or sitting.taken:
        return
    sitting.status = SittingStatus.CANCELLED
    sitting.save(update_fields=["status"])
    record(by, "sitting.cancelled", sitting, after={"status": sitting.status}, reason=reason)


def spare_rooms(sitting: Sitting) -> list[Room]:
    """Spare rooms that are free while this sitting lasts, those of its site first."""
    busy = Sitting.objects.filter(starts_at__lt=sitting.ends_at, ends_at__gt=sitting.starts_at)
    busy = busy.exclude(status=SittingStatus.CANCELLED)
    rows = Room.objects.filter(is_spare=True, is_active=True).exclude(sittings__in=busy).select_related("site")
    return sorted(rows, key=lambda one: (one.site_id != sitting.room.site_id, one.pk))


class _Facts:
    """Everything about a session that a repair looks at, read once."""

    def __init__(self, session: ExamSession, *, at: datetime, lost: Collection[int], blocked: Blocked) -> None:
        coming = Sitting.objects.filter(exam_session=session, status=SittingStatus.PLANNED, starts_at__gt=at)
        self.sittings = {one.pk: one for one in facts_of(list(coming.select_related("room", "subject").order_by("pk")))}
        self.lost, self.blocked = frozenset(lost), blocked
        self.seats: dict[int, list[Seat]] = defaultdict(list)
        self.fixed: dict[int, set[int]] = defaultdict(set)
        held = Seat.objects.filter(sitting__in=self.sittings).exclude(entry__status=EntryStatus.CANCELLED)
        for seat in held.select_related("entry").order_by("pk"):
            if seat.attendance == Attendance.UNKNOWN and seat.entry.status in entries.SEATED:
                self.seats[seat.subject_id].append(seat)
            elif seat.sitting_id is not None and seat.number is not None:
                self.fixed[seat.sitting_id].add(seat.number)
        late = Entry.objects.filter(exam_session=session, status=EntryStatus.ENROLLED, papers_in_at__isnull=False)
        open_ones = Seat.objects.filter(entry__in=late, sitting=None).select_related("entry").order_by("pk")
        self.added: dict[int, list[Seat]] = defaultdict(list)
        for seat in open_ones:
            self.added[seat.subject_id].append(seat)
        self.waiting = sorted({seat.entry_id for rows in self.added.values() for seat in rows})
        self.times = self._times(session)

    def _times(self, session: ExamSession) -> dict[int, dict[int, Time]]:
        """For each candidate the time of every seat, whatever the session."""
        found: dict[int, dict[int, Time]] = defaultdict(dict)
        rows = Seat.objects.filter(sitting__isnull=False).exclude(sitting__status=SittingStatus.CANCELLED)
        rows = rows.exclude(entry__status=EntryStatus.CANCELLED)
        mine = Q(entry__candidate__in=session.entries.order_by().values("candidate_id"))
        for pk, candidate_id, starts, ends in rows.filter(mine).values_list(
            "pk", "entry__candidate_id", "sitting__starts_at", "sitting__ends_at"
        ):
            found[candidate_id][pk] = (starts, ends)
        return found

    def repaired(self, waiting: set[int]) -> list[SubjectRepair]:
        """Subject after subject; the times of the earlier ones bind the later ones."""
        times = {key: dict(value) for key, value in self.times.items()}
        done = []
        for subject_id in sorted({one.subject_id for one in self.sittings.values()} | set(self.added)):
            late = [one for one in self.added[subject_id] if one.entry_id in waiting]
            everybody = [*self.seats[subject_id], *late]
            rooms = [self._room(one) for one in self.sittings.values() if one.subject_id == subject_id]
            usable = {(one.fact.pk, number) for one in rooms for number in one.usable}
            plan = plan_repair([self._holder(one, times) for one in everybody], rooms)
            self._remember(plan, everybody, times)
            lost = [one.entry_id for one in self.seats[subject_id] if (one.sitting_id, one.number) not in usable]
            done.append(SubjectRepair(subject_id, plan, tuple(sorted(lost))))
        return done

    def _remember(self, plan: RepairPlan, rows: list[Seat], times: dict[int, dict[int, Time]]) -> None:
        by_entry = {one.entry_id: one for one in rows}
        for move in plan.moves:
            seat, sitting = by_entry[move.entry_id], self.sittings[move.after[0]]
            times.setdefault(seat.entry.candidate_id, {})[seat.pk] = (sitting.starts_at, sitting.ends_at)

    def _holder(self, seat: Seat, times: Mapping[int, Mapping[int, Time]]) -> Holder:
        entry = seat.entry
        others = times.get(entry.candidate_id, {})
        person = PersonFact(
            entry_id=entry.pk,
            subject_ids=(seat.subject_id,),
            has_needs=bool(entry.needs),
            busy=tuple(time for key, time in others.items() if key != seat.pk),
            barred=tuple((first, last) for first, last in self.blocked.get(entry.candidate_id, ())),
            institution_id=entry.institution_id,
        )
        has_seat = seat.sitting_id is not None and seat.number is not None
        return Holder(person, (seat.sitting_id, seat.number) if has_seat else None)  # type: ignore[arg-type]  # both set

    def _room(self, fact: SittingFact) -> Floorplan:
        fixed = self.fixed[fact.pk]
        if fact.cells:
            numbers, cells = [number for number, _ in fact.cells], dict(fact.cells)
        else:
            numbers = sorted({*range(1, fact.capacity + 1), *fact.taken_numbers})
            cells = in_a_line(numbers)
        usable = () if fact.pk in self.lost else tuple(sorted(one for one in numbers if one not in fixed))
        return Floorplan(replace(fact, capacity=fact.capacity - len(fixed)), usable, neighbours(cells))
