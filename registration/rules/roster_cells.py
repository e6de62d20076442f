"""One cell as text: what was typed, what look-alike signs became plain, what a spreadsheet has destroyed."""

from __future__ import annotations

import re
from datetime import date, datetime

from kupasi.people.rules.text import squeeze
from registration.rules.roster_types import Finding
from registration.sheets.cells import Cell, Formula
from registration.sheets.enums import Column, Level

EXACT_BELOW = 10**15  # a spreadsheet keeps fifteen digits of a number
TEXT_MARKS = ("'", "\uff07", "\u2018", "\u2019", "`")
LONGEST_TYPED = 1000
FORMULA_SHOWN = "#公式"  # what is kept of a cell that held one: judged again, it is a formula still
ERROR_SHOWN = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!|FIELD!|GETTING_DATA|#{2,})")
SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]{1,3}")
# 310104199003070122.0 and 310,104,199,003,070,122: a number that a program kept as such and wrote out again.
WRITTEN_OUT = re.compile(r"[0-9]{12,18}\.0+|[0-9]{1,3}(?:,[0-9]{3}){3,}(?:\.0+)?")
LIKE_X = str.maketrans(dict.fromkeys("\u0425\u0445\u00d7\u2715\u03a7\u03c7", "X"))  # Х х × ✕ Χ χ
CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufff9-\uffff\ud800-\udfff]"
)
INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200d\u2060-\u2064\ufeff]")
BREAKS = re.compile(r"[\s\u00a0\u3000]+")
UNEVEN = re.compile(f"{INVISIBLE.pattern}|[^\\S ]|  ")


def typed_text(cell: Cell) -> str:
    """What a person would say is in the cell; the digits of a number only where the spreadsheet still has them."""
    if isinstance(cell, str):
        return cell[:LONGEST_TYPED]
    if cell is None or isinstance(cell, Formula):
        return FORMULA_SHOWN if cell else ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return number_text(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(" ", "seconds")
    return cell.isoformat()


def number_text(number: int | float) -> str:
    """12345 for whole numbers below 10^15; 3.10104199003071E+17 beyond, as the spreadsheet shows it."""
    if number != number or number in (float("inf"), float("-inf")):
        return ""
    if number == int(number) and abs(number) < EXACT_BELOW:
        return str(int(number))
    return f"{number:.14E}" if abs(number) >= EXACT_BELOW else repr(number)


def is_lost(text: str) -> bool:
    """Whether a spreadsheet's error (#N/A), a column too narrow (####) or a formula stands where words were meant."""
    return text == FORMULA_SHOWN or ERROR_SHOWN.fullmatch(text.strip()) is not None


def is_number(cell: Cell) -> bool:
    """Whether the spreadsheet holds a number where text was meant."""
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def is_date(cell: Cell) -> bool:
    """Whether the spreadsheet holds a date."""
    return isinstance(cell, date)


def is_scientific(text: str) -> bool:
    """Whether the text is a number in scientific notation, as a text file saved from a spreadsheet shows it."""
    return SCIENTIFIC.fullmatch(text if text.isalnum() else squeeze(text)) is not None


def is_written_out(text: str) -> bool:
    """Whether the text is a long number as a program writes it that held it as a number, with .0 or thousands."""
    return not text.isalnum() and WRITTEN_OUT.fullmatch(squeeze(text)) is not None


def look_alike(column: Column, typed: str, plain: str) -> Finding | None:
    """`look_alike` (a note): other signs than plain ones were typed, and read as plain; trimming and case are not."""
    if typed == plain or typed.strip(" ").casefold() == plain.casefold():
        return None
    return Finding(
        column,
        "look_alike",
        f"“{column.label}”中有全角字符、多余空格、不可见字符、形近符号或区号，已按标准写法读取。",
        "请核对读取结果，不对时在表中改正。",
        level=Level.NOTE,
    )


def without_mark(text: str) -> str:
    """A number without the apostrophe by which spreadsheets mark it as text, and which some files keep."""
    plain = text.lstrip()
    return plain[1:] if plain[:1] in TEXT_MARKS else text


def plain_words(text: str) -> str:
    """A word of a list as it is looked up: plain characters, no spaces, no invisible ones."""
    return squeeze(text)


def free_text(text: str) -> str:
    """Free words in one line: invisible signs removed, breaks and odd spaces as one plain space."""
    return BREAKS.sub(" ", INVISIBLE.sub("", text)).strip() if UNEVEN.search(text) else text.strip()


def has_controls(text: str) -> bool:
    """Whether control or direction signs stand in the text (they can hide what a reader sees)."""
    return CONTROLS.search(text) is not None
