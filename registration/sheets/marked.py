"""The same rows back, every mistake marked: red cells, comments, a column of sentences, a filter, a summary."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from registration.rules.roster_sentences import shown_sentence
from registration.rules.roster_types import Finding, RowValues

from .enums import Column, Level
from .header import OWN as PROBLEMS
from .layout import OPTIONS, SHOWN, Formats, formats, writable, write_header, write_meta
from .workbook import META_SHEET, ROSTER_SHEET

SUMMARY_SHEET = "问题汇总"
MOST_COMMENTS = 5000  # a comment costs a kilobyte and a drawing; the column of sentences has every one
PROBLEMS_AT = len(SHOWN) + 1
DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
PLACES = {column: at for at, column in enumerate(SHOWN)}


NO_VALUES = RowValues()


@dataclass(frozen=True, slots=True)
class MarkedRow:
    """A row as it was uploaded, in its own line, with what was found; `values` fill the sentences (never stored)."""

    line: int
    typed: Mapping[Column, str]
    findings: tuple[Finding, ...] = ()
    values: RowValues = NO_VALUES
    row_id: str = ""


def write_marked(
    out: BinaryIO, *, rows: Iterable[MarkedRow], header_line: int = 1, meta: Mapping[str, str], last_line: int = 0
) -> None:
    """Write the workbook into `out`, row by row, in ascending lines; 100,000 rows need little memory.

    Rows keep their lines, so that sentences which name other lines stay true. Every cell is text, but one that was
    refused for being something else stays that: sent back unrepaired, it is refused again. Nothing is a formula.
    `last_line` is where the filter ends, if it is known. The temporary files it makes are gone at the end.
    """
    with xlsxwriter.Workbook(out, {**OPTIONS, "constant_memory": True}) as book:
        kinds = formats(book)
        sheet = book.add_worksheet(ROSTER_SHEET)
        write_header(sheet, kinds, line=header_line)
        sheet.set_column(PROBLEMS_AT, PROBLEMS_AT, 80, kinds.text)
        sheet.write_string(header_line - 1, PROBLEMS_AT, PROBLEMS, kinds.header)
        sheet.freeze_panes(header_line, 1)
        counts: Counter[tuple[str, str, str]] = Counter()
        comments, line = 0, header_line
        for row in rows:
            line = row.line
            comments += _write_row(sheet, kinds, row, may_comment=comments < MOST_COMMENTS)
            counts.update((one.level.label, one.column.label, one.message) for one in row.findings)
        sheet.autofilter(header_line - 1, 0, max(line, last_line, header_line + 1) - 1, PROBLEMS_AT)
        _write_summary(book.add_worksheet(SUMMARY_SHEET), kinds, counts)
        write_meta(book, META_SHEET, dict(meta))


def _write_row(sheet: Worksheet, kinds: Formats, row: MarkedRow, *, may_comment: bool) -> int:
    """Write one row; how many comments it took."""
    at_columns: dict[Column, list[Finding]] = {}
    for one in row.findings:
        at_columns.setdefault(one.column, []).append(one)
    line = row.line - 1
    for column, at in PLACES.items():
        text = row.typed.get(column, "")
        found = at_columns.get(column)
        if text or found:
            _write_cell(sheet, kinds, (line, at), text, found or ())
    sheet.write_string(line, len(SHOWN), row.row_id, kinds.text)
    if row.findings:
        sheet.write_string(line, PROBLEMS_AT, writable(_problems(row)), _format(kinds, row.findings))
    if not may_comment:
        return 0
    for marked, several in at_columns.items():
        if marked in PLACES:
            words = "\n".join(shown_sentence(one, row.values) for one in several)
            sheet.write_comment(line, PLACES[marked], writable(words), {"x_scale": 2.5, "y_scale": 1.2})
    return len(at_columns)


def _write_cell(
    sheet: Worksheet, kinds: Formats, place: tuple[int, int], text: str, found: Collection[Finding]
) -> None:
    """A number, a date or a truth value stays what it was where that is what is wrong with it."""
    codes = {one.code for one in found}
    if "number_not_text" in codes:
        sheet.write_number(*place, float(text), kinds.error)
    elif "changed_by_excel" in codes and text in ("TRUE", "FALSE"):
        sheet.write_boolean(*place, text == "TRUE", kinds.error)
    elif "changed_by_excel" in codes and DATE.match(text):
        sheet.write_datetime(*place, datetime.fromisoformat(text), kinds.error_date)
    else:
        sheet.write_string(*place, writable(text), _format(kinds, found))


def _format(kinds: Formats, findings: Iterable[Finding]) -> Format:
    levels = {one.level for one in findings}
    if Level.ERROR in levels:
        return kinds.error
    return kinds.warning if levels else kinds.text


def _problems(row: MarkedRow) -> str:
    """Everything about the row in one cell, errors first."""
    ordered = sorted(row.findings, key=lambda one: list(Level).index(one.level))
    parts = [f"【{one.level.label}·{one.column.label}】{shown_sentence(one, row.values)}" for one in ordered]
    return "\n".join(parts)[:32_000]


def _write_summary(sheet: Worksheet, kinds: Formats, counts: Counter[tuple[str, str, str]]) -> None:
    """How often each thing was found, the most frequent first."""
    for at, (width, title) in enumerate(((10, "级别"), (14, "列"), (80, "问题"), (10, "行数"))):
        sheet.set_column(at, at, width, kinds.text)
        sheet.write_string(0, at, title, kinds.header)
    for line, (words, count) in enumerate(counts.most_common(), start=1):
        for at, text in enumerate((*words, str(count))):
            sheet.write_string(line, at, text, kinds.text)
