"""Workbooks (.xlsx, .xls) in the child process: guarded, the right sheet chosen, rows handed on one by one."""

from __future__ import annotations

import io
import posixpath
import re
import resource
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from .container import Container
from .limits import MEBIBYTE, Limits, RefusedError
from .old_workbook import is_locked, scan_old
from .scan import SheetScan, scan_sheet

ROSTER_SHEET = "名单"
META_SHEET = "_kupasi"
OWN_SHEETS = frozenset({META_SHEET, "填写说明", "选项", "问题汇总"})
RELATION = "relationships}id"  # in the usual namespace and in that of the strict form
MOST_SHEETS = 50
WORKSHEETS = re.compile(r"xl/worksheets/[^/]+\.xml")
MACRO_TYPES = re.compile(rb"macroEnabled|vbaProject")
FORMULA_MARK: dict[str, Any] = {"f": 1}


# What the parser may take: a text stored once may stand in a million cells, so that a small file grows without end.
MEMORY_PER_BYTE, MEMORY_TO_START = 4, 72 * MEBIBYTE


def hold_memory(wanted: int, limits: Limits) -> None:
    """Lower the process's own limit to what a file of this size can honestly need."""
    most = min(limits.memory_bytes, MEMORY_TO_START + wanted)
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


@dataclass(slots=True)
class Book:
    """A workbook ready to be read: what to tell about it, and where its rows come from.

    Rows begin at line 1 whatever is empty there; `first_column` is where their first cell stands, counted from 1;
    `place` is the sheet's among all sheets, from 0; `scan` is what it holds besides values.
    """

    kind: str
    sheet: str = ""
    place: int = 0
    last_line: int = 0
    first_column: int = 1
    warnings: list[dict[str, Any]] = field(default_factory=list)
    meta: dict[str, str] = field(default_factory=dict)
    scan: SheetScan = field(default_factory=SheetScan)
    heights: dict[str, int] = field(default_factory=dict)
    source: CalamineSheet | None = None

    def lines(self) -> Iterator[list[Any]]:
        """Rows from the first to the last, empty ones too; cells with formulas marked, with errors as they show."""
        if self.source is None:
            return
        marks: dict[tuple[int, int], Any] = self.scan.errors | dict.fromkeys(self.scan.formulas, FORMULA_MARK)
        marked = {row for row, _ in marks}
        rows: Iterator[list[Any]] = self.source.iter_rows()
        for line, row in enumerate(rows, start=1):
            if line in marked:
                for at in range(len(row)):
                    row[at] = marks.get((line, at + self.first_column), row[at])
            yield row


def open_xlsx(content: bytes, limits: Limits) -> Book:
    """Judge a zipped workbook part by part, then let the parser read the one sheet that is meant."""
    container = Container(content, limits)
    if "[Content_Types].xml" not in container.parts or "xl/workbook.xml" not in container.parts:
        raise RefusedError("not_a_valid_workbook")
    if MACRO_TYPES.search(container.small("[Content_Types].xml")):
        raise RefusedError("macro_not_accepted")
    paths = _sheet_paths(container)
    for name in container.parts:
        if name.endswith((".xml", ".rels")) and name not in paths.values():
            for _ in container.xml(name):
                pass
    scans = {name: scan_sheet(container.xml(path), limits) for name, path in paths.items() if path}
    hold_memory(MEMORY_PER_BYTE * container.unpacked, limits)
    book = _opened(content, "xlsx", limits)
    if book.sheet not in scans:
        raise RefusedError("not_a_valid_workbook")
    book.scan = scans[book.sheet]
    _tell(book, {name: one.rows for name, one in scans.items()}, limits)
    if any(name.startswith("xl/externalLinks/") for name in container.parts):
        book.warnings.append({"code": "external_links"})
    return book


def open_xls(content: bytes, limits: Limits) -> Book:
    """An old workbook: its size is known only after parsing, which the process's limits bound."""
    hold_memory(2 * MEMORY_PER_BYTE * len(content), limits)
    if is_locked(content):
        raise RefusedError("encrypted")
    book = _opened(content, "xls", limits)
    book.scan = scan_old(content, book.place, limits)
    _tell(book, book.heights, limits)
    return book


def _sheet_paths(container: Container) -> dict[str, str]:
    """Sheets by name with the part that holds each of them; a part outside the file is refused."""
    try:
        targets = {}
        for one in ElementTree.fromstring(container.small("xl/_rels/workbook.xml.rels")):
            if one.get("TargetMode") == "External":
                raise RefusedError("not_a_valid_workbook")
            target = one.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
            targets[one.get("Id", "")] = path
        sheets = [one for one in ElementTree.fromstring(container.small("xl/workbook.xml")).iter()
                  if one.tag.rpartition("}")[2] == "sheet"]  # fmt: skip
    except ElementTree.ParseError as error:
        raise RefusedError("not_a_valid_workbook") from error
    if len(sheets) > MOST_SHEETS:
        raise RefusedError("too_many_entries")
    if len({one.get("name", "").casefold() for one in sheets}) < len(sheets):  # one would be looked through, one read
        raise RefusedError("not_a_valid_workbook")
    paths = {one.get("name", ""): targets.get(_relation(one), "") for one in sheets}
    return {name: path for name, path in paths.items() if WORKSHEETS.fullmatch(path)}


def _relation(sheet: ElementTree.Element) -> str:
    return next((value for name, value in sheet.attrib.items() if name.endswith(RELATION)), "")


def _opened(content: bytes, kind: str, limits: Limits) -> Book:
    """The parser's view of the sheet that is meant: ours by its name, otherwise the first that can be seen."""
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        if any(one.typ == SheetTypeEnum.MacroSheet for one in workbook.sheets_metadata):
            raise RefusedError("macro_not_accepted")
        known = [one for one in workbook.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
        seen = [one.name for one in known if one.visible == SheetVisibleEnum.Visible]
        chosen = ROSTER_SHEET if ROSTER_SHEET in seen else next(iter(seen), "")
        if not chosen:
            raise RefusedError("empty")
        sheet = workbook.get_sheet_by_name(chosen)
        book = Book(kind, chosen, source=sheet, meta=_meta(workbook))
        book.place = workbook.sheet_names.index(chosen)
        if kind == "xls":  # whole in memory already
            book.heights = {one.name: workbook.get_sheet_by_name(one.name).height for one in known}
    except CalamineError as error:
        raise RefusedError("not_a_valid_workbook") from error
    book.warnings += [
        {"code": "hidden_sheet" if one.name not in seen else "other_sheet", "sheet": one.name[:31]}
        for one in known
        if one.name != chosen and one.name not in OWN_SHEETS
    ]
    if sheet.start is None or sheet.end is None:
        raise RefusedError("empty")
    book.first_column, book.last_line = sheet.start[1] + 1, sheet.end[0] + 1
    if sheet.width > limits.columns:
        raise RefusedError("too_many_columns_or_rows", rows=limits.rows)
    if book.last_line > limits.rows + limits.rows_above:
        raise RefusedError("too_many_rows", rows=limits.rows)
    return book


def _meta(workbook: CalamineWorkbook) -> dict[str, str]:
    """What our own workbook says about itself: whose it is and which window it is for."""
    if META_SHEET not in workbook.sheet_names:
        return {}
    sheet = workbook.get_sheet_by_name(META_SHEET)
    if sheet.width > 4 or sheet.height > 20:
        return {}
    pairs = [[str(cell)[:200] for cell in row[:2]] for row in sheet.iter_rows() if len(row) >= 2]
    return {pair[0]: pair[1] for pair in pairs}


def _tell(book: Book, rows: dict[str, int], limits: Limits) -> None:
    """Hidden rows and rows in other sheets, as warnings; too many formulas refuse the file."""
    scan = book.scan
    if scan.formula_count > limits.formulas or (0, 0) in scan.formulas:
        row = min((row for row, _ in scan.formulas if row), default=0)
        raise RefusedError("formula_not_accepted", count=scan.formula_count, row=row)
    if scan.hidden_rows:
        book.warnings.append({"code": "hidden_rows", "count": scan.hidden_rows})
    _count(book, rows)


def _count(book: Book, rows: dict[str, int]) -> None:
    """How many rows stand in the other sheets; an empty one that anybody can see is not worth a word."""
    for warning in book.warnings:
        if "sheet" in warning:
            warning["count"] = rows.get(warning["sheet"], 0)
    book.warnings = [one for one in book.warnings if one["code"] != "other_sheet" or one["count"]]
