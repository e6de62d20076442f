"""Who came: stated seat by seat in the room, closed when every seat is stated (rules M2; matrix room.record)."""

from __future__ import annotations

from django.db import transaction
from django.db.models import BigIntegerField, Count, Q, QuerySet

from exams.enums import ADMITTED, Attendance, CheckInSource, EntryStatus, SittingStatus
from exams.models import CheckIn, Entry, Seat, Sitting
from exams.rules.tickets import doors_open_at, entry_closes_at
from exams.services.settings import number
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.prepared import Prepared, slot

CLAUSE = "本单位规定：到考登记"
CAME = (Attendance.PRESENT, Attendance.LATE)
STATES = frozenset({Attendance.PRESENT, Attendance.LATE, Attendance.ABSENT})
OWN = Prepared(
    lambda: (
        Sitting.invigilators.through.objects.filter(
            sitting=slot("sitting", BigIntegerField()), user=slot("user", BigIntegerField())
        )
        .order_by()
        .values_list("pk")
    )
)
WAITING = (EntryStatus.SEATED, EntryStatus.TICKETED)


@transaction.atomic
def state_attendance(seat_id: int, *, attendance: str, by: Act) -> Seat:
    """State that a person is present, late or absent, while the sitting is open (rules M2).

    Repeating the same state changes nothing. Refuses with `unknown_state`, `not_yours`, `sitting_closed`,
    `too_early` (before the doors open, or absent before the start), `wrong_status`.
    """
    seat, sitting = lock_seat(seat_id, by=by)
    return _state(seat, sitting, attendance=attendance, doors=number("doors_open_minutes"), by=by)


def state_admitted(seat_id: int, sitting: Sitting, *, attendance: str, doors: int, by: Act) -> Seat:
    """The same for somebody whom the door just let in, for a caller that holds the lock of an own sitting.

    `doors` is how many minutes before the start the doors open, as the caller has read it.
    """
    rows = Seat.objects.select_for_update(of=("self",)).select_related("entry")
    return _state(rows.get(pk=seat_id, sitting=sitting), sitting, attendance=attendance, doors=doors, by=by)


def _state(seat: Seat, sitting: Sitting, *, attendance: str, doors: int, by: Act) -> Seat:
    if sitting.status == SittingStatus.CLOSED:
        if seat.attendance == attendance:
            return seat
        raise Refusal("sitting_closed", "本场已结束登记；需要更正的，请填写理由后更正。", CLAUSE)
    judge_statement(seat, sitting, attendance=attendance, doors=doors, by=by)
    return write_statement(seat, attendance, by=by, action="attendance.stated", reason="")


@transaction.atomic
def close_sitting(sitting_id: int, *, by: Act) -> Sitting:
    """Close a sitting once every seat is stated; those whose sittings are all closed have sat.

    Closing twice changes nothing. Refuses with `not_yours`, `seats_unstated` (extra: `seats`), `too_early`
    (people may still come in), `wrong_status` (cancelled).
    """
    sitting = Sitting.objects.select_for_update().get(pk=sitting_id)
    _own(sitting, by=by)
    if sitting.status == SittingStatus.CLOSED:
        return sitting
    judge_closing(sitting, by=by)
    seats = live_seats(sitting)
    sitting.status, sitting.closed_at = SittingStatus.CLOSED, by.at
    count_attendance(sitting)
    sitting.save(update_fields=["status", "closed_at", "came", "missed"])
    counts = {state.value: seats.filter(attendance=state).count() for state in sorted(STATES)}
    record(by, "sitting.closed", sitting, after=counts)
    _move_to_sat(sitting, by=by)
    return sitting


def judge_closing(sitting: Sitting, *, by: Act) -> None:
    """Refuses what `close_sitting` refuses, for a caller that holds the lock."""
    if sitting.status != SittingStatus.PLANNED:
        raise Refusal("wrong_status", "本场已取消，不需要登记。", CLAUSE)
    if by.at < entry_closes_at(sitting.starts_at, minutes=number("late_entry_minutes")):
        raise Refusal("too_early", "仍在允许迟到入场的时间内，请稍后再结束登记。", "本单位规定：入场与迟到时间")
    open_seats = live_seats(sitting).filter(attendance=Attendance.UNKNOWN).order_by("number")
    unstated = [one for one in open_seats.values_list("number", flat=True) if one is not None]
    if unstated:
        words = "、".join(str(one) for one in unstated[:10])
        raise Refusal("seats_unstated", f"还有 {len(unstated)} 个座位没有登记：{words}。", CLAUSE, seats=unstated)


def count_attendance(sitting: Sitting) -> None:
    """Put on a sitting how many of its seats came and did not; the caller holds its lock and saves it."""
    came, missed = Q(attendance__in=CAME), Q(attendance=Attendance.ABSENT)
    counts = Seat.objects.filter(sitting=sitting).aggregate(c=Count("pk", filter=came), m=Count("pk", filter=missed))
    sitting.came, sitting.missed = counts["c"], counts["m"]


def live_seats(sitting: Sitting) -> QuerySet[Seat]:
    """The seats of a sitting without those of cancelled entries."""
    return Seat.objects.filter(sitting=sitting).exclude(entry__status=EntryStatus.CANCELLED)


def lock_seat(seat_id: int, *, by: Act) -> tuple[Seat, Sitting]:
    """The seat and its sitting, locked in the order that closing uses: the sitting first."""
    found = Seat.objects.only("sitting_id").get(pk=seat_id)
    if found.sitting_id is None:
        raise Refusal("wrong_status", "该科目还没有安排座位。", CLAUSE)
    sitting = Sitting.objects.select_for_update().get(pk=found.sitting_id)
    _own(sitting, by=by)
    return Seat.objects.select_for_update().get(pk=seat_id, sitting=sitting), sitting


def _own(sitting: Sitting, *, by: Act) -> None:
    """An invigilator acts in rooms of their own only; a job or an import is not asked."""
    if by.actor is not None and not OWN(sitting=sitting.pk, user=by.actor.pk):
        raise Refusal("not_yours", "您不是本场的监考人员。", CLAUSE)


def judge_statement(seat: Seat, sitting: Sitting, *, attendance: str, doors: int, by: Act) -> None:
    """Refuse what cannot be true of a seat now, with `unknown_state`, `wrong_status`, `too_early`."""
    if attendance not in STATES:
        raise Refusal("unknown_state", "请选择到考、迟到或缺考。", CLAUSE)
    if sitting.status == SittingStatus.CANCELLED or seat.entry.status == EntryStatus.CANCELLED:
        raise Refusal("wrong_status", "本场或该人员的参评已取消，不需要登记。", CLAUSE)
    opens = doors_open_at(sitting.starts_at, minutes=doors)
    if by.at < (sitting.starts_at if attendance == Attendance.ABSENT else opens):
        raise Refusal("too_early", "还没有到登记时间：入场后登记到考，开考后登记缺考。", "本单位规定：入场与迟到时间")


def admitted(seat_id: int) -> QuerySet[CheckIn]:
    """The scans that let the person of a seat in, the earliest first."""
    return CheckIn.objects.filter(seat=seat_id, result__in=ADMITTED).order_by("at", "nonce")


def state_from_door(seat: Seat, sitting: Sitting, *, by: Act) -> Seat:
    """What the scans of a seat say of attendance: the earliest one counts, in whatever order they arrive.

    For a caller that holds the sitting's lock. What a person stated stands, and so does a closed sitting: a scan that
    says otherwise is a conflict, to be settled by people.
    """
    rows = list(admitted(seat.pk).exclude(source=CheckInSource.PAPER))
    if not rows or sitting.status != SittingStatus.PLANNED:
        return seat
    is_by_door = any(row.at == seat.attended_at and row.by_id == seat.attendance_by_id for row in rows)
    if seat.attendance != Attendance.UNKNOWN and not is_by_door:
        return seat
    first = rows[0]
    state = Attendance.LATE if first.at >= sitting.starts_at else Attendance.PRESENT
    if (seat.attendance, seat.attended_at) == (state, first.at):
        return seat
    return write_statement(seat, state, by=by, action="attendance.stated", reason="", first=first)


def own_sitting(sitting_id: int, *, by: Act) -> Sitting:
    """A sitting of one's own, locked, not cancelled. Refuses with `not_yours`, `wrong_status`."""
    sitting = Sitting.objects.select_for_update().get(pk=sitting_id)
    _own(sitting, by=by)
    if sitting.status == SittingStatus.CANCELLED:
        raise Refusal("wrong_status", "本场已取消，不需要登记。", CLAUSE)
    return sitting


def write_statement(
    seat: Seat, attendance: str, *, by: Act, action: str, reason: str, first: CheckIn | None = None
) -> Seat:
    """Write a statement, by whom it was made, or as the door's first scan has it."""
    if first is None and seat.attendance == attendance:
        return seat
    before = seat.attendance
    seat.attendance = attendance
    seat.attended_at, seat.attendance_by = (first.at, first.by) if first else (by.at, by.actor)
    seat.save(update_fields=["attendance", "attended_at", "attendance_by"])
    record(by, action, seat, before={"attendance": before}, after={"attendance": attendance}, reason=reason)
    return seat


def _move_to_sat(sitting: Sitting, *, by: Act) -> None:
    """Entries of this sitting none of whose seats waits for another sitting."""
    entries = Entry.objects.filter(seats__sitting=sitting, status__in=WAITING).select_for_update(of=("self",))
    for entry in entries:
        if entry.seats.filter(~Q(sitting__status=SittingStatus.CLOSED) | Q(sitting=None)).exists():
            continue
        before = entry.status
        entry.status = EntryStatus.SAT
        entry.save(update_fields=["status"])
        record(by, "entry.sat", entry, before={"status": before}, after={"status": entry.status})
