"""Tickets before a door: their codes, and scans of them."""

from __future__ import annotations

import itertools
from datetime import date, datetime

from exams.enums import DoorResult
from exams.models import CheckIn, Entry, Sitting
from exams.services.door import Scan, check_in
from exams.services.door_log import Kept
from exams.services.ticket_pdf import Edition, token
from kupasi.people.models import User
from tests.builders import act, at

DAY = "2025-07-12"
_nonces = itertools.count(1)


def nonce() -> str:
    """A word that no other scan has."""
    return f"nonce-{next(_nonces):08}"


def code(entry: Entry, *, version: int = 0) -> str:
    """What the code on this person's paper holds; the newest version unless said otherwise."""
    ticket = entry.ticket
    return token(Edition(ticket.pk, ticket.number, version or ticket.version, date(2025, 7, 9)))


def moment(clock: str) -> datetime:
    """An hour of the exam day: moment("08:50")."""
    return at(f"{DAY}T{clock}")


def scan(sitting: Sitting, text: str, user: User, clock: str = "08:50", *, with_nonce: str = "") -> CheckIn:
    """Scanned and let in, or not."""
    return check_in(sitting.pk, Scan(with_nonce or nonce(), text), by=act(user, moment(clock)))


def kept(entry: Entry, clock: str, *, said: DoorResult = DoorResult.OK, text: str = "", device: str = "a") -> Kept:
    """A scan in the log of a phone without network."""
    return Kept(nonce(), text or code(entry), moment(clock), said, device)
