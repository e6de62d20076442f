"""The door of a room: a ticket is looked at, a person goes in, is turned away, or is let in by two."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import CharField

from exams.enums import ADMITTED, OVERRIDABLE, Attendance, CheckInSource, DoorResult, EntryStatus, SittingStatus
from exams.enums import TicketStatus as Status
from exams.models import AdmissionTicket, CheckIn, Seat, Sitting, TicketVersion
from exams.rules import door as rules
from exams.rules.door import DoorAnswer, Hours, TicketFact
from exams.rules.seating import is_barred
from exams.rules.tickets import as_typed, is_ticket_number
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.clock import SHANGHAI
from kupasi.errors import Refusal
from kupasi.people.models import User
from kupasi.prepared import Prepared, slot
from kupasi.signing import Forged

from .attendance import CLAUSE, admitted, own_sitting, state_admitted, state_from_door
from .door_facts import INSIDE, Doorway, Ticket, ticket_of
from .settings import numbers
from .sittings import blocked_days
from .ticket_facts import changes
from .ticket_pdf import read_token

SENT = Prepared(lambda: CheckIn.objects.filter(nonce=slot("nonce", CharField())).order_by().values_list("pk"))


@dataclass(frozen=True, slots=True)
class Scan:
    """What a device sends: a nonce of its own, and the ticket as its signed code or its number as it was typed."""

    nonce: str
    text: str
    device: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """What the door sees: the answer, the ticket's number where the house knows it, and the seat in this sitting."""

    answer: DoorAnswer
    ticket: str = ""
    version: int | None = None
    seat: int | None = None


@dataclass(frozen=True, slots=True)
class Scanned:
    """A scan that is written: its row, and what the door saw."""

    row: CheckIn
    seen: Look


def look(sitting: Doorway, text: str, *, moment: datetime) -> Look:
    """Judge a ticket at a door without writing anything."""
    return _seen(sitting, text, moment=moment, door=hours())


def cautions(seen: Look) -> list[str]:
    """What to mind before somebody who may go in is let in: turned away here before, or a report that is open."""
    found = []
    rows = CheckIn.objects.filter(seat=seen.seat, result=DoorResult.MISMATCH).order_by("-at")
    before = rows.values_list("at", flat=True).first() if seen.seat is not None else None
    if before is not None:
        found.append(f"{before.astimezone(SHANGHAI):%H:%M} 曾因人证不符被拒绝入场，请与另一名监考一起重新核对。")
    if AdmissionTicket.objects.filter(number=seen.ticket, status=Status.DISPUTED).exists():
        found.append("本人对准考证提出过异议，尚在核对：请以证件原件为准，着重核对姓名和照片。")
    return found


def look_apart(sitting: Doorway, text: str, *, moment: datetime) -> Look:
    """The same as if nobody had gone in yet: a log's rows are judged each for itself, so that no order matters."""
    return _seen(sitting, text, moment=moment, door=hours(), is_apart=True)


def _seen(sitting: Doorway, text: str, *, moment: datetime, door: Hours, is_apart: bool = False) -> Look:
    found = read(text)
    if isinstance(found, DoorAnswer):
        return Look(found)
    ticket, version = found
    if ticket is None:
        return Look(rules.UNKNOWN, version=version)
    here = next((one for one in ticket.seats if one.place.sitting == sitting.pk), None)
    fact = TicketFact(
        current=ticket.version,
        version=version,
        is_live=ticket.status != Status.REVOKED and ticket.entry_status != EntryStatus.CANCELLED,
        is_barred=is_barred(sitting.on, blocked_days(ticket.candidate)),
        places=tuple(one.place for one in ticket.seats),
        changes=_changes(ticket, version),
        inside_since=None if here is None or is_apart else here.since,
    )
    said = rules.answer(fact, sitting=sitting.pk, moment=moment, hours=door)
    return Look(said, ticket.number, version, here.pk if here else None)


def read(text: str) -> tuple[Ticket | None, int | None] | DoorAnswer:
    """Whose ticket this is, and which version was shown; or at once the answer to what is none."""
    plain, typed = text.strip(), as_typed(text)
    if typed.isascii() and typed.isdecimal():  # a slip of the fingers is no forgery
        return (ticket_of(typed), None) if is_ticket_number(typed) else rules.UNKNOWN
    try:
        shown, version, pk = read_token(plain)
    except Forged:
        return rules.FORGED
    found = ticket_of(shown)
    return (found if found is not None and found.pk == pk else None), version


def check_in(sitting_id: int, scan: Scan, *, by: Act) -> CheckIn:
    """The row of `scanned`, which refuses."""
    return scanned(sitting_id, scan, by=by).row


def scanned(sitting_id: int, scan: Scan, *, by: Act) -> Scanned:
    """Let a person in, or record why not; attendance follows. The same nonce again returns the row that is there.

    Everything between lock and commit makes the other devices of this door wait, on SQLite those of every door: the
    hours are read before. Refuses with `not_yours`, `wrong_status` (cancelled), `bad_nonce`, `key_reused` (a nonce
    with another ticket).
    """
    door = hours()
    with transaction.atomic():
        sitting = own_sitting(sitting_id, by=by)
        done = repeated(scan.nonce, digest(sitting, scan.text, CheckInSource.ONLINE), by=by)
        seen = _seen(sitting, scan.text, moment=by.at, door=door)
        if done is not None:
            return Scanned(done, seen)
        row = write(sitting, scan, seen, seen.answer.result, by=by)
        if row.result in ADMITTED and seen.seat is not None:
            state = Attendance.LATE if row.result == DoorResult.LATE else Attendance.PRESENT
            state_admitted(seen.seat, sitting, attendance=state, doors=door.doors_before, by=by)
    return Scanned(row, seen)


@transaction.atomic
def turn_away(sitting_id: int, scan: Scan, *, by: Act) -> CheckIn:
    """Record that the person before the door is not the one of the ticket; nobody is checked in (TC-007).

    Refuses as `check_in` does, and with `wrong_room` where the ticket has no seat in this sitting.
    """
    sitting = own_sitting(sitting_id, by=by)
    done = repeated(scan.nonce, digest(sitting, scan.text, DoorResult.MISMATCH), by=by)
    if done is not None:
        return done
    seen = look(sitting, scan.text, moment=by.at)
    if seen.seat is None:
        raise Refusal("wrong_room", "这张准考证不在本场，不用在这里记录人证不符。", CLAUSE)
    return write(sitting, scan, seen, DoorResult.MISMATCH, by=by)


@transaction.atomic
def let_in(checkin_id: int, *, asked_by: User, by: Act) -> CheckIn:
    """Let in a person whom the door refused: an invigilator asked for it, another person (`by`) approves.

    Refuses with `wrong_status` (cannot be overridden, cancelled, closed) and `already_in`.
    """
    refused = CheckIn.objects.select_related("seat__entry").get(pk=checkin_id)
    sitting = Sitting.objects.select_for_update().get(pk=refused.sitting_id)
    seat = judge_letting_in(refused, sitting)
    made = CheckIn.objects.create(
        nonce=f"let-in:{refused.pk}",
        digest=refused.digest,
        sitting=sitting,
        seat=seat,
        ticket_number=refused.ticket_number,
        version=refused.version,
        result=DoorResult.LET_IN,
        said=f"原因：{refused.get_result_display()}",
        at=by.at,
        received_at=by.at,
        by=asked_by,
        approved_by=by.person,
    )
    record(by, "checkin.let_in", made, after={"seat": seat.pk, "refused": refused.result})
    state_from_door(Seat.objects.select_for_update().get(pk=seat.pk), sitting, by=by)
    return made


def judge_letting_in(refused: CheckIn, sitting: Sitting) -> Seat:
    """The seat of somebody who may be let in; refuses as `let_in` does."""
    seat = refused.seat
    if refused.result not in OVERRIDABLE or seat is None or seat.entry.status == EntryStatus.CANCELLED:
        raise Refusal("wrong_status", "这种情况不能放行。", CLAUSE)
    if sitting.status != SittingStatus.PLANNED:
        raise Refusal("wrong_status", "本场已经结束登记或已取消，不能再放行。", CLAUSE)
    if seat.sitting_id != sitting.pk or inside_since(seat) is not None:
        raise Refusal("already_in", "该人员已经入场或已改到别处，不用再放行。", CLAUSE)
    return seat


def inside_since(seat: Seat) -> datetime | None:
    """Since when the person of a seat is in: by the door, or as somebody of the room stated."""
    first = admitted(seat.pk).values_list("at", flat=True).first()
    return first or (seat.attended_at if seat.attendance in INSIDE else None)


def hours() -> Hours:
    """The door's hours as the settings have them."""
    return Hours(*numbers("doors_open_minutes", "late_entry_minutes"))


def repeated(nonce: str, *words: str, by: Act) -> CheckIn | None:
    """The row of a nonce that was sent before. Refuses `bad_nonce`, `key_reused`."""
    check_nonce(nonce)
    row = CheckIn.objects.filter(nonce=nonce).order_by().first() if SENT(nonce=nonce) else None
    if row is not None and (row.digest not in words or row.by_id != by.person.pk):
        raise Refusal("key_reused", "这个流水号已用于另一次扫描，请换一个新的再提交。")
    return row


def check_nonce(nonce: str) -> None:
    """Refuses with `bad_nonce` what is not a nonce."""
    if not 8 <= len(nonce) <= 64 or not nonce.isascii() or not nonce.isprintable() or " " in nonce:
        raise Refusal("bad_nonce", "流水号应为 8 至 64 个可见的 ASCII 字符。")


def digest(sitting: Sitting, *words: str) -> str:
    """What a nonce stands for, hashed."""
    return hashlib.sha256(json.dumps([sitting.pk, *words], ensure_ascii=False).encode()).hexdigest()


def write(sitting: Sitting, scan: Scan, seen: Look, result: DoorResult, *, by: Act) -> CheckIn:
    """The row of a scan that was made just now."""
    mark = DoorResult.MISMATCH if result == DoorResult.MISMATCH else CheckInSource.ONLINE
    row = CheckIn.objects.create(
        nonce=scan.nonce,
        digest=digest(sitting, scan.text, mark),
        sitting=sitting,
        seat_id=seen.seat,
        ticket_number=seen.ticket,
        version=seen.version,
        result=result,
        said=seen.answer.sentence if result == seen.answer.result else "照片或证件与本人不符，没有入场。",
        device=scan.device[:40],
        at=by.at,
        received_at=by.at,
        by=by.person,
    )
    record(by, "checkin.recorded", row, after={"result": row.result, "seat": row.seat_id})
    return row


def _changes(ticket: Ticket, version: int | None) -> tuple[str, ...]:
    if version is None or version == ticket.version:
        return ()
    stored = TicketVersion.objects.filter(ticket=ticket.pk, version__in=(version, ticket.version))
    facts = dict(stored.values_list("version", "facts"))
    if len(facts) < 2:
        return ()
    return tuple(changes(facts[version], facts[ticket.version]))
