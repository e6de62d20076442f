"""Ticket numbers and the door of the exam room (rules K3, K4)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from typing import Literal

DOORS_BEFORE = 20  # minutes, rules K4
NO_ENTRY_AFTER = 30  # minutes, rules K4
LARGEST_SERIAL = 99_999
NUMBER = re.compile("[0-9]{12}")

# Damm's table: every single wrong digit and every swap of neighbours is noticed.
DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)

Door = Literal["early", "open", "late", "closed"]


def check_digit(digits: str) -> str:
    """The digit that closes a run of digits (Damm)."""
    interim = 0
    for digit in digits:
        interim = int(DAMM[interim][int(digit)])
    return str(interim)


def make_ticket_number(exam_month: date, *, occupation: str, serial: int) -> str:
    """Twelve digits: YYMM, the occupation's two digits, a serial of five, a check digit; no seat in it (K3).

    Raises ValueError for an occupation number that is not two digits or a serial outside 1–99999.
    """
    if not re.fullmatch("[0-9]{2}", occupation) or not 1 <= serial <= LARGEST_SERIAL:
        raise ValueError("a ticket number needs two digits of occupation and a serial of 1–99999")
    body = f"{exam_month:%y%m}{occupation}{serial:05}"
    return body + check_digit(body)


def as_typed(text: str) -> str:
    """What was typed, in half width and without spaces, dashes and signs that nobody sees."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(one for one in plain if not one.isspace() and unicodedata.category(one) not in ("Cf", "Pd"))


def is_ticket_number(text: str) -> bool:
    """Whether this has the form of a ticket number with a right check digit; it says nothing about its existence."""
    return NUMBER.fullmatch(text) is not None and 1 <= int(text[2:4]) <= 12 and check_digit(text) == "0"


def doors_open_at(starts_at: datetime, *, minutes: int = DOORS_BEFORE) -> datetime:
    """When candidates are let in: 20 minutes before the start (K4)."""
    return starts_at - timedelta(minutes=minutes)


def entry_closes_at(starts_at: datetime, *, minutes: int = NO_ENTRY_AFTER) -> datetime:
    """From this moment nobody is let in any more: 30 minutes after the start (K4)."""
    return starts_at + timedelta(minutes=minutes)


def door_at(
    moment: datetime, starts_at: datetime, *, doors_before: int = DOORS_BEFORE, no_entry_after: int = NO_ENTRY_AFTER
) -> Door:
    """What the door says: early, open, late (started, still let in) or closed from the 30th minute on (K4)."""
    if moment < doors_open_at(starts_at, minutes=doors_before):
        return "early"
    if moment >= entry_closes_at(starts_at, minutes=no_entry_after):
        return "closed"
    return "open" if moment < starts_at else "late"
