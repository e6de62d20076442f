"""The workbook that an institution downloads for a roster, and the same rows back with every mistake marked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from kupasi.acts import Act
from registration.models import Roster, RosterRow, RosterUpload
from registration.sheets.enums import Column
from registration.sheets.marked import MarkedRow, write_marked
from registration.sheets.template import TemplateRow, write_template

from .contents import contents, findings_of
from .terms import basis_for

CHUNK = 1000


def workbook_for(roster: Roster, *, by: Act) -> bytes:
    """The workbook of this institution and window; whoever stands on the list already is filled in, with their id."""
    return write_template(
        institution=roster.institution.name,
        window=window_words(roster),
        vocabulary=basis_for(roster, on=by.on).rules.vocabulary,
        meta=_meta(roster),
        rows=(_known(row) for row in roster.rows.current().order_by("line", "pk").iterator(chunk_size=CHUNK)),
    )


def write_marked_for(upload: RosterUpload, out: BinaryIO) -> None:
    """The rows of a judged file as they were sent, in their own lines, with what was found (R13)."""
    rows = RosterRow.objects.filter(upload=upload).order_by("line")
    write_marked(out, rows=_marked(rows.iterator(chunk_size=CHUNK)), meta=_meta(upload.roster))


def window_words(roster: Roster) -> str:
    """2025-05-16 至 2025-06-15，评价月 2025 年 7 月."""
    window = roster.window
    month = window.exam_month
    return f"{window.opens_on} 至 {window.closes_on}，评价月 {month.year} 年 {month.month} 月"


def _meta(roster: Roster) -> dict[str, str]:
    return {"institution": str(roster.institution_id), "window": str(roster.window_id), "roster": roster.number or ""}


def _known(row: RosterRow) -> TemplateRow:
    typed = {Column(name): text for name, text in contents(row).typed.items()}
    return TemplateRow(row_id=row.key, texts={column: text for column, text in typed.items() if column != "row_id"})


def _marked(rows: Iterator[RosterRow]) -> Iterator[MarkedRow]:
    for row in rows:
        whole = contents(row)
        typed = {Column(name): text for name, text in whole.typed.items()}
        yield MarkedRow(row.line, typed, tuple(findings_of(row)), whole.values, row.key)
