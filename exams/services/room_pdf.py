"""The papers of a room as PDFs: one document a sheet, its code on every page, all of them joined for the printer."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import pikepdf
import segno
from django.conf import settings as config
from django.template.loader import render_to_string
from django.urls import reverse

from exams.enums import Sheet
from kupasi import pdf, typeface
from kupasi.people.storage import private_storage

from . import settings
from .room_papers import Cell, Person, RoomFacts

STYLES = ("base.css", "room.css")
SPARE_ROWS = 4  # empty lines of the record, and under a short list
LONG_NAME = 8
AT_ONCE = 16 << 20  # bytes of sheets that are joined in memory


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the drawn room, aisles and gaps as None."""

    row: int
    cells: tuple[Cell | None, ...]


def applies(sheet: Sheet, facts: RoomFacts) -> bool:
    """Whether a sitting has this sheet: work pieces come from 考位 only; the schedule is the site's."""
    if sheet == Sheet.SCHEDULE:
        return False
    return facts.uses_station if sheet == Sheet.PIECES else True


def draw(sheet: Sheet, facts: RoomFacts) -> bytes:
    """One sheet of one sitting."""
    context: dict[str, Any] = {"facts": facts, "spare": range(SPARE_ROWS), "code": code(facts.sitting_id)}
    if sheet == Sheet.PLAN:
        context["lines"] = lines(facts.cells)
    if sheet == Sheet.DESK:
        context["pairs"] = in_pairs(cards(facts))
    if sheet == Sheet.IDENTITY:
        context["pairs"] = in_pairs(facts.people)
    return _pdf(sheet, context)


def draw_schedule(rooms: Sequence[RoomFacts]) -> bytes:
    """The 考场安排表 of a site's day."""
    marked = [(one, code(one.sitting_id)) for one in rooms]
    return _pdf(Sheet.SCHEDULE, {"rooms": marked, "facts": rooms[0], "people": sum(len(one.people) for one in rooms)})


def join(parts: Iterable[bytes], out: BinaryIO) -> None:
    """All sheets in one file, in order, written to `out`; what is joined so far stands in a file and not in memory."""
    with private_storage.scratch() as used, private_storage.scratch() as spare:
        whole, held = pikepdf.new(), 0
        for part in parts:
            with pikepdf.open(io.BytesIO(part)) as one:
                whole.pages.extend(one.pages)
            held += len(part)
            if held > AT_ONCE:
                used, spare = spare, used
                used.truncate(0)
                whole.save(used, object_stream_mode=pikepdf.ObjectStreamMode.generate)
                whole.close()
                whole, held = pikepdf.open(used), 0
        whole.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        whole.close()


def code(sitting_id: int) -> str:
    """The QR code of a sheet as a data address: it leads to the page on which the sheet is typed in."""
    address = f"{config.SITE_URL}{reverse('room-sheet', args=[sitting_id])}"
    return str(segno.make_qr(address, error="m").svg_data_uri(border=1))


def lines(cells: Sequence[Cell]) -> list[Line]:
    """The room row by row from the front, as wide as its last column."""
    width = max((one.column for one in cells), default=1)
    by_place = {(one.row, one.column): one for one in cells}
    rows = sorted({one.row for one in cells})
    return [Line(row, tuple(by_place.get((row, column)) for column in range(1, width + 1))) for row in rows]


def in_pairs(found: Sequence[Any]) -> list[Sequence[Any]]:
    """Two abreast: a table is laid out in time that grows with its rows, wrapped boxes in the square of them."""
    return [found[at : at + 2] for at in range(0, len(found), 2)]


@dataclass(frozen=True, slots=True)
class Card:
    """A 桌贴: the label of the place, whose it is."""

    label: str
    person: Person
    is_long: bool


def cards(facts: RoomFacts) -> list[Card]:
    """One card for each person, in the order of the seats."""
    found = {one.person.number: one.label for one in facts.cells if one.person}
    return [Card(found.get(one.number, str(one.number)), one, len(one.name) > LONG_NAME) for one in facts.people]


def _pdf(sheet: Sheet, context: dict[str, Any]) -> bytes:
    from weasyprint import HTML

    shown = {**context, "title": sheet.label, "sheet": sheet.value, "office": settings.office_facts()}
    html = render_to_string(f"pdf/room/{sheet.value}.html", shown)
    sheets = [typeface.face(), *(pdf.stylesheet(name) for name in STYLES)]
    document = HTML(string=html, url_fetcher=pdf.fetcher())
    return bytes(document.write_pdf(font_config=pdf.fonts(), stylesheets=sheets))
