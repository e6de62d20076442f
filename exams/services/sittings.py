"""Making and changing sittings: which subject, when, in which room, for how many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from django.db import transaction

from exams.enums import SessionStatus, SittingStatus
from exams.models import ExamSession, Room, Seat, Sitting, Subject
from exams.rules.seating import is_barred, overlaps
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.clock import local_day
from kupasi.errors import Refusal

from .room_plans import usable

Blocked = Mapping[int, Sequence[tuple[date, date]]]  # candidate → spans of days on which the person may not sit
blocked_spans: list[Callable[[], Blocked]] = []  # the app above, which knows the bars, puts its answer here

blocked_days_of: list[Callable[[int], list[tuple[date, date]]]] = []  # the same of one person, for a door


def blocked_now() -> dict[int, list[tuple[date, date]]]:
    """The barred days of every person under a bar (rules E6), as the apps above state them."""
    found: dict[int, list[tuple[date, date]]] = {}
    for provider in blocked_spans:
        for candidate_id, spans in provider().items():
            found.setdefault(candidate_id, []).extend(spans)
    return found


def blocked_days(candidate_id: int) -> list[tuple[date, date]]:
    """The barred days of one person (rules E6)."""
    return [span for provider in blocked_days_of for span in provider(candidate_id)]


@transaction.atomic
def create_sitting(
    by: Act,
    *,
    exam_session: ExamSession,
    subject: Subject,
    room: Room,
    starts_at: datetime,
    ends_at: datetime,
    capacity: int | None = None,
) -> Sitting:
    """Make a sitting; without `capacity` the room's whole size.

    Refuses with `wrong_subject`, `wrong_status`, `wrong_times`, `wrong_month`, `room_too_small`, `room_busy`.
    """
    if subject.occupation_id != exam_session.occupation_id:
        raise Refusal("wrong_subject", "该科目不属于这个场次的职业，请重新选择科目。")
    if exam_session.status in (SessionStatus.CANCELLED, SessionStatus.PUBLISHED):
        raise Refusal("wrong_status", "该评价场次已取消或已公布成绩，不能再安排考试。")
    sitting = Sitting(exam_session=exam_session, subject=subject, room=room, starts_at=starts_at, ends_at=ends_at)
    size = usable(room, station=subject.uses_station)
    sitting.capacity = size if capacity is None else capacity
    sitting.on = local_day(starts_at)
    judge(sitting)
    sitting.save()
    record(by, "sitting.created", sitting, after=described(sitting))
    return sitting


@transaction.atomic
def change_sitting(
    sitting_id: int,
    *,
    by: Act,
    reason: str,
    room: Room | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    capacity: int | None = None,
    blocked: Blocked | None = None,
) -> Sitting:
    """Change room, time or places of a sitting that has not begun.

    Tickets already made differ from their facts from now on: the ticket sweep makes their next version and tells each
    holder what changed (rules K5). Refuses as `create_sitting` does, and with `clash`, `barred`, `started`.
    """
    sitting = (
        Sitting.objects.select_for_update(of=("self",))
        .select_related("exam_session", "room", "subject")
        .get(pk=sitting_id)
    )
    if sitting.status != SittingStatus.PLANNED or sitting.starts_at <= by.at:
        raise Refusal("started", "这一场已经开考、结束或取消，不能再调整。")
    before = described(sitting)
    sitting.room = room or sitting.room
    sitting.starts_at, sitting.ends_at = starts_at or sitting.starts_at, ends_at or sitting.ends_at
    sitting.capacity = sitting.capacity if capacity is None else capacity
    sitting.on = local_day(sitting.starts_at)
    judge(sitting)
    _judge_people(sitting, blocked=blocked_now() if blocked is None else blocked)
    if described(sitting) != before:
        sitting.save(update_fields=["room", "starts_at", "ends_at", "capacity", "on"])
        record(by, "sitting.changed", sitting, before=before, after=described(sitting), reason=reason)
    return sitting


def judge(sitting: Sitting) -> None:
    """Refuse a sitting that the month, the clock or the room does not allow. Locks the room against two at once."""
    if sitting.ends_at <= sitting.starts_at or local_day(sitting.ends_at) != sitting.on:
        raise Refusal("wrong_times", "结束时间要在同一天、晚于开始时间，请改正。")
    if sitting.on.replace(day=1) != sitting.exam_session.exam_month:
        month = f"{sitting.exam_session.exam_month:%Y年%m月}"
        raise Refusal("wrong_month", f"该场次的评价月是{month}，请选择该月内的日期。", "通知 附件1")
    room = Room.objects.select_for_update().get(pk=sitting.room_id)
    size = usable(room, station=sitting.subject.uses_station)
    if not 1 <= sitting.capacity <= size:
        raise Refusal("room_too_small", f"名额须在 1 至该考场座位数 {size} 之间，请改正或换考场。")
    if sitting.capacity < sitting.taken:
        raise Refusal("room_too_small", f"已有 {sitting.taken} 人排入这一场，名额不能更少，请换更大的考场。")
    others = Sitting.objects.filter(room=room, starts_at__lt=sitting.ends_at, ends_at__gt=sitting.starts_at)
    if others.exclude(pk=sitting.pk).exclude(status=SittingStatus.CANCELLED).exists():
        raise Refusal("room_busy", "该考场在这段时间已有安排，请换时间或考场。")


def _judge_people(sitting: Sitting, *, blocked: Blocked) -> None:
    """Nobody who already sits here may clash or sit inside a bar after the change (rules E5, E6)."""
    candidates = Seat.objects.filter(sitting=sitting).values_list("entry__candidate_id", flat=True)
    elsewhere = Seat.objects.filter(entry__candidate__in=candidates, sitting__status=SittingStatus.PLANNED)
    times = elsewhere.exclude(sitting=sitting).values_list("sitting__starts_at", "sitting__ends_at")
    clashes = sum(overlaps((sitting.starts_at, sitting.ends_at), (first, last)) for first, last in times)
    if clashes:
        message = f"调整后有 {clashes} 人与本人另一场考试时间冲突，请换时间。"
        raise Refusal("clash", message, "本单位规定：考试时间不得冲突")
    barred = sum(is_barred(sitting.on, blocked.get(one, ())) for one in candidates)
    if barred:
        raise Refusal("barred", f"调整后有 {barred} 人处于不得参加评价的期限内，请先取消其安排。", "须知 三、四")


def described(sitting: Sitting) -> dict[str, object]:
    """A sitting for the audit record."""
    return {
        "room": sitting.room_id,
        "starts_at": sitting.starts_at,
        "ends_at": sitting.ends_at,
        "capacity": sitting.capacity,
    }
