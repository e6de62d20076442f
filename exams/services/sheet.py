"""The paper fallback: a signed attendance sheet typed in, seat by seat (rules M2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction

from exams.enums import Attendance, CheckInSource, DoorResult
from exams.models import CheckIn, Seat, Sitting
from exams.rules.tickets import as_typed
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal

from .attendance import admitted, own_sitting, state_attendance
from .door import check_nonce, digest

NUMBER = re.compile(r"[Kk]([0-9]{1,9})")
ADDRESS = re.compile(r"/rooms/([0-9]{1,9})/sheet/?$")
RESULTS = {Attendance.PRESENT: DoorResult.OK, Attendance.LATE: DoorResult.LATE}


@dataclass
class Typed:
    """What was saved, and what was refused by seat."""

    saved: int = 0
    refused: dict[int, Refusal] = field(default_factory=dict)


def sheet_number(sitting: Sitting) -> str:
    """What a sheet prints so that it is found again: K and the sitting's key; its code holds the page's address."""
    return f"K{sitting.pk}"


def read_sheet(text: str) -> int | None:
    """The sitting that a scanned or typed sheet belongs to."""
    plain = text.strip()
    found = NUMBER.fullmatch(as_typed(plain)) or ADDRESS.search(plain)
    return int(found[1]) if found else None


@transaction.atomic
def enter_sheet(sitting_id: int, states: Mapping[int, str], *, nonce: str, by: Act) -> Typed:
    """State the typed seats; each that came in gets a check-in from paper, unless the door has one.

    A seat that cannot be stated says why and hinders no other. The same nonce writes no second row. Refuses with
    `not_yours`, `wrong_status`, `bad_nonce`.
    """
    sitting, typed = own_sitting(sitting_id, by=by), Typed()
    check_nonce(f"{nonce}:0")
    seats = {seat.pk: seat for seat in Seat.objects.filter(sitting=sitting, pk__in=list(states))}
    for key, state in states.items():
        if key not in seats or seats[key].attendance == state:
            continue
        try:
            with transaction.atomic():
                state_attendance(key, attendance=state, by=by)
                _keep(sitting, key, state, nonce=f"{nonce}:{key}", by=by)
        except Refusal as refusal:
            typed.refused[key] = refusal
        else:
            typed.saved += 1
    return typed


def _keep(sitting: Sitting, seat_id: int, state: str, *, nonce: str, by: Act) -> None:
    result = RESULTS.get(Attendance(state))
    if result is None or admitted(seat_id).exists() or CheckIn.objects.filter(nonce=nonce).exists():
        return
    row = CheckIn.objects.create(
        nonce=nonce,
        digest=digest(sitting, CheckInSource.PAPER, str(seat_id)),
        sitting=sitting,
        seat_id=seat_id,
        result=result,
        source=CheckInSource.PAPER,
        at=by.at,
        received_at=by.at,
        by=by.person,
    )
    record(by, "checkin.typed", row, after={"result": row.result, "seat": seat_id})
