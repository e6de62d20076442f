"""The workbook that an institution downloads for a roster, and the same rows back with every mistake marked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from kupasi.acts import Act
from registration.models import Roster, RosterRow, RosterUpload
from registration.rules.roster_types import Vocabulary
from registration.sheets.enums import Column
from registration.sheets.marked import MarkedRow, write_marked
from registration.sheets.template import TemplateRow, texts_of, write_template

from .contents import contents, findings_of
from .terms import basis_for

CHUNK = 1000
Passing = Callable[[Iterable[MarkedRow]], Iterable[MarkedRow]]
PassingKnown = Callable[[Iterable[TemplateRow]], Iterable[TemplateRow]]


def workbook_for(roster: Roster, *, by: Act, each: PassingKnown = lambda rows: rows) -> bytes:
    """The workbook of this institution and window; whoever stands on the list already is filled in, with their id.

    `each` lets somebody look on while rows pass.
    """
    vocabulary = basis_for(roster, on=by.on).rules.vocabulary
    rows = roster.rows.current().select_related("upload").order_by("line", "pk").iterator(chunk_size=CHUNK)
    return write_template(
        institution=roster.institution.name,
        window=window_words(roster),
        vocabulary=vocabulary,
        meta=_meta(roster),
        rows=each(_known(row, vocabulary) for row in rows),
    )


def write_marked_for(upload: RosterUpload, out: BinaryIO, *, each: Passing = lambda rows: rows) -> None:
    """The rows of a judged file as they were sent, in their own lines, with what was found (R13).

    `each` lets somebody look on while rows pass.
    """
    rows = RosterRow.objects.filter(upload=upload).order_by("line")
    write_marked(out, rows=each(_marked(rows.iterator(chunk_size=CHUNK))), meta=_meta(upload.roster))


def window_words(roster: Roster) -> str:
    """2025-05-16 至 2025-06-15，评价月 2025 年 7 月."""
    window = roster.window
    month = window.exam_month
    return f"{window.opens_on} 至 {window.closes_on}，评价月 {month.year} 年 {month.month} 月"


def _meta(roster: Roster) -> dict[str, str]:
    return {"institution": str(roster.institution_id), "window": str(roster.window_id), "roster": roster.number or ""}


def _known(row: RosterRow, vocabulary: Vocabulary) -> TemplateRow:
    """As it was typed, so that it comes back unchanged; in our own words where another system's codes were typed."""
    whole = contents(row)
    if row.upload.preset_id:
        return TemplateRow(row.key, texts_of(whole.values, vocabulary))
    typed = {Column(name): text for name, text in whole.typed.items()}
    return TemplateRow(row.key, {column: text for column, text in typed.items() if column is not Column.ROW_ID})


def _marked(rows: Iterator[RosterRow]) -> Iterator[MarkedRow]:
    for row in rows:
        whole = contents(row)
        typed = {Column(name): text for name, text in whole.typed.items()}
        yield MarkedRow(row.line, typed, tuple(findings_of(row)), whole.values, row.key)
