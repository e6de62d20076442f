"""What phones kept while the network was away: merged in any order with the same result, conflicts listed (TC-005)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from exams.enums import ADMITTED, Attendance, CheckInSource, DoorResult
from exams.models import CheckIn, OfflineNote, Seat, Sitting
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.clock import SHANGHAI
from kupasi.errors import Refusal

from .attendance import CLAUSE, own_sitting, state_from_door
from .door import check_nonce, digest, look_apart, repeated

MOST = 500
NOTE_LENGTH = 1000


@dataclass(frozen=True, slots=True)
class Kept:
    """A scan of a phone's log: when it was made by the house's clock, and what the phone then showed."""

    nonce: str
    text: str
    at: datetime
    said: DoorResult
    device: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A few words about a seat (or the room), written without network."""

    nonce: str
    text: str
    at: datetime
    seat: int | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """What people have to settle: `kind` is `twice`, `not_allowed`, `turned_away` or `stated_absent`."""

    kind: str
    sentence: str
    seat: Seat | None


@transaction.atomic
def merge(sitting_id: int, *, scans: Iterable[Kept], notes: Iterable[Note], by: Act) -> list[str]:
    """Take in a phone's log; returns the nonces that are safe now. Every row is taken once, in whatever order.

    Refuses with `not_yours`, `wrong_status`, `bad_nonce`, `key_reused`, `too_many`.
    """
    scans, notes = list(scans), list(notes)
    if len(scans) + len(notes) > MOST:
        raise Refusal("too_many", f"一次最多上传 {MOST} 条，请分批上传。", CLAUSE)
    sitting = own_sitting(sitting_id, by=by)
    rows = [_take(sitting, one, by=by) for one in scans]
    seats = sorted({row.seat_id for row in rows if row.result in ADMITTED and row.seat_id is not None})
    for seat in Seat.objects.select_for_update().filter(pk__in=seats, sitting=sitting).order_by("pk"):
        state_from_door(seat, sitting, by=by)
    taken = [_note(sitting, one, by=by) for one in notes]
    return [row.nonce for row in rows] + [row.nonce for row in taken]


def conflicts(sitting: Sitting | int) -> list[Conflict]:
    """What the rows of a door contradict each other in, or what was stated by hand; nothing is overwritten."""
    rows = CheckIn.objects.filter(sitting=sitting).select_related("seat__entry__candidate").order_by("at", "nonce")
    found: list[Conflict] = []
    inside: dict[int, list[CheckIn]] = defaultdict(list)
    refused = [row for row in rows if row.result == DoorResult.MISMATCH and row.seat_id is not None]
    for row in rows:
        if row.result in ADMITTED and row.seat_id is not None:
            inside[row.seat_id].append(row)
        elif row.device_said in ADMITTED and (row.seat is None or row.seat.attendance == Attendance.UNKNOWN):
            words = f"离线时已放入，核对后是“{row.get_result_display()}”：{row.said}"
            found.append(Conflict("not_allowed", f"{_at(row)} {words}", row.seat))
    for one in inside.values():
        seat = one[0].seat
        scanned = [row for row in one if row.source != CheckInSource.PAPER]
        if len(scanned) > 1:
            times = "、".join(f"{_at(row)}（{row.by}）" for row in scanned)
            found.append(Conflict("twice", f"同一准考证入场 {len(scanned)} 次：{times}。请核对座位上的人。", seat))
        if seat is not None and seat.attendance == Attendance.ABSENT:
            found.append(Conflict("stated_absent", f"{_at(one[0])} 扫描入场，但登记为缺考。请核对后更正。", seat))
        found += [
            Conflict("turned_away", f"{_at(row)} {row.by} 认为人证不符，另一处已放入。请核对座位上的人。", seat)
            for row in refused
            if row.seat_id == one[0].seat_id and _elsewhere(row, scanned)
        ]
    return found


def _elsewhere(refused: CheckIn, let_in: list[CheckIn]) -> bool:
    """Whether somebody else, or another phone, let in whom this scan refused; who decided anew settled it, and a
    supervisor's word settles everything."""
    if any(row.result == DoorResult.LET_IN for row in let_in):
        return False
    same = [
        row
        for row in let_in
        if row.by_id == refused.by_id and (row.device == refused.device or "" in (row.device, refused.device))
    ]
    return bool(let_in) and not same


def _take(sitting: Sitting, kept: Kept, *, by: Act) -> CheckIn:
    """The row of a kept scan: what the phone refused stays refused; what it let in is judged for that moment."""
    at = min(kept.at, by.at)
    words = digest(sitting, kept.text, CheckInSource.OFFLINE, kept.said, kept.at.isoformat())
    online = [digest(sitting, kept.text, how) for how in (CheckInSource.ONLINE, DoorResult.MISMATCH)]
    done = repeated(kept.nonce, words, *online, by=by)  # the answer to an online scan may have been lost on its way
    if done is not None:
        return done
    seen = look_apart(sitting, kept.text, moment=at)
    result = seen.answer.result
    if kept.said not in ADMITTED and result in ADMITTED:
        result = kept.said
    row = CheckIn.objects.create(
        nonce=kept.nonce,
        digest=words,
        sitting=sitting,
        seat_id=seen.seat,
        ticket_number=seen.ticket,
        version=seen.version,
        result=result,
        said="" if result in ADMITTED else seen.answer.sentence,
        device_said=kept.said,
        source=CheckInSource.OFFLINE,
        device=kept.device[:40],
        at=at,
        received_at=by.at,
        by=by.person,
    )
    record(by, "checkin.merged", row, after={"result": row.result, "seat": row.seat_id})
    return row


def _note(sitting: Sitting, note: Note, *, by: Act) -> OfflineNote:
    text = " ".join(note.text.split())
    if not text or len(text) > NOTE_LENGTH:
        raise Refusal("note_missing", f"离线记录应为 1 至 {NOTE_LENGTH} 字。", CLAUSE)
    words = digest(sitting, "note", text, note.at.isoformat(), str(note.seat))
    found = OfflineNote.objects.filter(nonce=note.nonce).first()
    if found is not None:
        if (found.digest, found.by_id) != (words, by.person.pk):
            raise Refusal("key_reused", "这个流水号已用于另一条记录，请换一个新的再提交。")
        return found
    check_nonce(note.nonce)
    seat = Seat.objects.filter(pk=note.seat, sitting=sitting).first() if note.seat else None
    row = OfflineNote.objects.create(
        nonce=note.nonce,
        digest=words,
        sitting=sitting,
        seat=seat,
        text=text,
        at=min(note.at, by.at),
        received_at=by.at,
        by=by.person,
    )
    record(by, "checkin.noted", row, after={"seat": row.seat_id})
    return row


def _at(row: CheckIn) -> str:
    return f"{row.at.astimezone(SHANGHAI):%H:%M}"
