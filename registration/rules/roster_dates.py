"""A birth date in whatever form a spreadsheet has it: a date, text, digits; or what is left of it."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import NamedTuple

from kupasi.people.rules.text import squeeze
from registration.rules.roster_cells import is_number
from registration.sheets.cells import Cell

MIDNIGHT = re.compile(r"[ T]00?:00(?::00(?:\.0+)?)?$")
PARTS = re.compile("([0-9]{4})([-/.年])([0-9]{1,2})(?:[-/.]|月)([0-9]{1,2})日?")
DIGITS = re.compile("([0-9]{4})([0-9]{2})([0-9]{2})")
SERIAL = range(1, 80_000)  # how a spreadsheet counts the days from 1900 to 2119
EARLIEST = date(1901, 1, 1)  # before it stand small numbers and times that were shown as dates


class DateAnswer(NamedTuple):
    """A date, or the code why there is none: empty, bad_date, date_damaged."""

    value: date | None
    code: str = ""


BAD = DateAnswer(None, "bad_date")
DAMAGED = DateAnswer(None, "date_damaged")
EMPTY = DateAnswer(None, "empty")


def read_date(cell: Cell) -> DateAnswer:
    """The date meant by a cell.

    Understood: date cells, YYYY-MM-DD with - / . or 年月日, and YYYYMMDD as text or number. A bare day count (32939)
    is `date_damaged`: whether it counts from 1900 or 1904 is not known, so nobody can say which day it was.
    """
    if isinstance(cell, str):
        return _from_text(cell)
    if isinstance(cell, datetime):
        cell = cell.date()
    if isinstance(cell, date):
        return DateAnswer(cell) if cell >= EARLIEST else DAMAGED
    if is_number(cell):
        return _from_number(cell)  # type: ignore[arg-type]  # is_number has said so
    return EMPTY if cell is None else BAD


def _from_number(number: float) -> DateAnswer:
    if number != number or number in (float("inf"), float("-inf")):
        return BAD
    if 0 < number < SERIAL.stop:
        return DAMAGED
    if number != int(number):
        return BAD
    return _built(DIGITS.fullmatch(str(int(number))))


def _from_text(text: str) -> DateAnswer:
    if len(text) == 10 and text.isascii():
        match = PARTS.fullmatch(text)
        if match:
            return _built(match)
    plain = squeeze(MIDNIGHT.sub("", text.strip()))
    if not plain:
        return EMPTY
    match = PARTS.fullmatch(plain)
    if match and (match[2] == "年") == ("月" in plain):
        return _built(match)
    if plain.isdecimal() and len(plain) <= 5:
        return DAMAGED if int(plain) in SERIAL else BAD
    return _built(DIGITS.fullmatch(plain))


def _built(match: re.Match[str] | None) -> DateAnswer:
    if match is None:
        return BAD
    parts = match.groups()
    try:
        return DateAnswer(date(int(parts[0]), int(parts[-2]), int(parts[-1])))
    except ValueError:
        return BAD
