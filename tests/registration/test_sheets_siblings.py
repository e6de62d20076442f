"""More files as they really come: what is hidden, merged, in error or twice; old workbooks; titles above text files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest

from registration.rules.roster_rows import judge_row
from registration.sheets.reading import read_workbook
from registration.sheets.scan import FAR, PLAIN_ROW, ROW
from tests.rules.roster_samples import RULES, number

from .old_samples import error, xls
from .sheet_samples import GOOD, HEADER, SHEET, csv, edited, read, refusals, rezipped, sheet_of, xlsx

OTHER = (*GOOD[:2], number(seq=14), *GOOD[3:])
LINE, TITLE = ",".join(GOOD), ",".join(HEADER)
HIDE = {"hidden": True}
WORKBOOK, TYPES = "xl/workbook.xml", "[Content_Types].xml"


def text(*lines: str, encoding: str = "utf-8") -> bytes:
    return "\r\n".join(lines).encode(encoding)


def with_sheets(*names: str, hide: str = "") -> bytes:
    """A good row in the first sheet and one in each other, which have these names."""

    def add(book, sheet):
        for name in names:
            more = book.add_worksheet(name)
            more.write_row(0, 0, HEADER)
            more.write_row(1, 0, OTHER)
            if name == hide:
                more.hide()

    return xlsx(change=add)


def in_error(place: str, shown: str) -> bytes:
    """The sample with a cell in error, as it is after its formulas were pasted as values."""
    cell = f'<c r="{place}" t="e"><v>{shown}</v></c>'.encode()
    part = sheet_of(xlsx())
    at = part.index(f'<c r="{place}"'.encode())
    return rezipped(xlsx(), {SHEET: part[:at] + cell + part[part.index(b"</c>", at) + 4 :]})


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "two rows of one number": (
        lambda: edited(xlsx((HEADER, GOOD, OTHER)), b'<row r="3"', b'<row r="2"'), "not_a_valid_workbook"),
    "two sheets of one name": (
        lambda: edited(with_sheets("二班"), "二班".encode(), b"Sheet1", name=WORKBOOK), "not_a_valid_workbook"),
    "macros under another name": (
        lambda: edited(xlsx(), b"</Types>", b'<Override PartName="/xl/x.bin" '
                       b'ContentType="application/vnd.ms-office.vbaProject"/></Types>', name=TYPES),
        "macro_not_accepted"),
    "an old workbook with a sheet of macros": (
        lambda: xls((HEADER, GOOD), (("=EXEC",),), macros=True), "macro_not_accepted"),
    "an old workbook with a password": (lambda: xls((HEADER, GOOD), locked=True), "encrypted"),
    "half an old workbook": (lambda: xls((HEADER, *[GOOD] * 40))[:6000], "not_a_valid_workbook"),
    "a page that begins with its head": (lambda: text("<meta charset=utf-8><table><tr>"), "not_a_valid_workbook"),
    "a page behind a remark": (lambda: text("<!-- x -->", "<table>"), "not_a_valid_workbook"),
    "a page in UTF-16": (lambda: text("<html><table>", encoding="utf-16"), "not_a_valid_workbook"),
    "words in Big5": (lambda: csv(LINE).decode().replace("职", "").encode("big5", "replace"), "header_missing"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_sibling_is_refused_with_its_reason(name):
    make, code = REFUSED[name]
    assert refusals(make()) == [code]


SERIALS = (("序号", *HEADER), ("1", *GOOD), ("2",), ("3",))
TOLD: dict[str, tuple[Callable[[], bytes], list[int], list[str]]] = {
    "cells merged over two people": (
        lambda: xlsx((HEADER, GOOD, OTHER), lambda book, sheet: sheet.merge_range(1, 8, 2, 8, "一班")),
        [2, 3], ["merged_cells"]),
    "a title over the whole width": (
        lambda: xlsx((("名单",), HEADER, GOOD), lambda book, sheet: sheet.merge_range(0, 0, 0, 12, "名单")),
        [3], ["title_rows"]),
    "a hidden column that is read": (
        lambda: xlsx(change=lambda book, sheet: sheet.set_column(6, 6, 9, None, HIDE)),
        [2], ["hidden_columns"]),
    "a hidden column that is not": (
        lambda: xlsx(((*HEADER, "旧"), (*GOOD, "x")), lambda book, sheet: sheet.set_column(13, 13, 9, None, HIDE)),
        [2], ["column_ignored"]),
    "a row of no height": (
        lambda: edited(xlsx(), b'<row r="2"', b'<row r="2" ht="0" customHeight="1"'), [2], ["hidden_rows"]),
    "our own name for a hidden sheet": (lambda: with_sheets("名单", hide="名单"), [2], ["hidden_sheet"]),
    "an ampersand in a sheet's name": (lambda: with_sheets("一班&二班"), [2], ["other_sheet"]),
    "an extra column headed by a year": (
        lambda: xlsx(((*HEADER, 2026), (*GOOD, "x"))), [2], ["column_ignored"]),
    "serials prepared for more people": (lambda: xlsx(SERIALS), [2], ["column_ignored", "rows_passed_over"]),
    "the same in a text file": (
        lambda: text(*(",".join(row) for row in SERIALS)), [2], ["column_ignored", "rows_passed_over"]),
    "a word that slipped to the right": (lambda: csv(LINE, "," * 13 + "多"), [2, 3], []),
    "the header on every printed page": (lambda: xlsx((HEADER, GOOD, HEADER, OTHER)), [2, 4], ["header_repeated"]),
    "two text files one behind the other": (
        lambda: csv(LINE, "\ufeff" + TITLE, ",".join(OTHER)), [2, 4], ["header_repeated"]),
    "serials by 300 formulas": (
        lambda: xlsx([("序号", *HEADER), *[("", *GOOD)] * 300], lambda book, sheet: [
            sheet.write_formula(line, 0, "=ROW()-1") for line in range(1, 301)]),
        list(range(2, 302)), ["column_ignored"]),
    "a title above words parted by tabs": (
        lambda: text("某校报名表", TITLE.replace(",", "\t"), LINE.replace(",", "\t")), [3], ["title_rows"]),
    "a wide comma in the title": (lambda: text("某校，第三批", TITLE, LINE), [3], ["title_rows"]),
    "an old workbook": (lambda: xls((HEADER, GOOD, OTHER)), [2, 3], []),
    "an old workbook's other sheet": (lambda: xls((HEADER, GOOD), (HEADER, OTHER)), [2], ["other_sheet"]),
    "a hidden row of an old workbook": (lambda: xls((HEADER, GOOD, OTHER), hidden=2), [2, 3], ["hidden_rows"]),
    "merged cells of an old workbook": (
        lambda: xls((HEADER, GOOD, OTHER), merged=(1, 2, 8, 8)), [2, 3], ["merged_cells"]),
}  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_a_sibling_is_read_with_a_word_about_what_a_reader_of_the_sheet_sees_otherwise(name):
    make, lines, codes = TOLD[name]
    with read_workbook(make()) as reading:
        found = [row.line for chunk in reading.chunks() for row in chunk]
        assert (found, [one.code for one in (*reading.findings, *reading.passed_over())]) == (lines, codes)


IN_ROWS: dict[str, tuple[Callable[[], bytes], list[tuple[str, str]]]] = {
    "a name in error": (lambda: in_error("A2", "#REF!"), [("name", "cell_error")]),
    "a number in error": (lambda: in_error("C2", "#N/A"), [("number", "cell_error")]),
    "a birth date in error": (lambda: in_error("E2", "#VALUE!"), [("birth_date", "cell_error")]),
    "a class in error": (lambda: in_error("I2", "#N/A"), [("class_name", "cell_error")]),
    "an error in a text file": (lambda: csv(LINE.replace("测试学校", "#N/A")), [("employer", "cell_error")]),
    "a column too narrow": (lambda: csv(LINE.replace("1990-03-07", "########")), [("birth_date", "cell_error")]),
    "a class in error in an old workbook": (
        lambda: xls((HEADER, (*GOOD[:8], error(1, 8, 0x2A), *GOOD[9:]))), [("class_name", "cell_error")]),
    "a number of an old workbook": (
        lambda: xls((HEADER, (*GOOD[:2], 310104199003070122.0, *GOOD[3:]))), [("number", "number_damaged")]),
}  # fmt: skip


@pytest.mark.parametrize("name", IN_ROWS)
def test_what_a_cell_has_lost_is_told_and_never_read_as_empty(name):
    make, wanted = IN_ROWS[name]
    (row,) = read(make())
    assert [(one.column, one.code) for one in judge_row(row.cells, rules=RULES).findings] == wanted


def test_a_tag_that_is_never_closed_ends_where_the_next_begins():
    """Otherwise each of a million open tags is looked through to the end of the sheet."""
    assert [pattern.findall(b"<row a<row b>") for pattern in (ROW, PLAIN_ROW)] == [[b" b"]] * 2
    assert FAR.search(b'<c <c r="AA1">').start() == 3


def test_the_zip_may_say_its_sizes_behind_its_parts(tmp_path):
    class Stream:
        def __init__(self, out):
            self.write, self.flush = out.write, out.flush

    with (tmp_path / "x").open("wb") as out, zipfile.ZipFile(Stream(out), "w", zipfile.ZIP_DEFLATED) as archive:
        for part in zipfile.ZipFile(io.BytesIO(xlsx())).namelist():
            with archive.open(part, "w", force_zip64=True) as file:
                file.write(sheet_of(xlsx(), part))
    assert len(read((tmp_path / "x").read_bytes())) == 1
