"""Siblings of the sample files (family RF): other encodings, headers, zips and sheets, sent over the HTTP API."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable

import pytest

from kupasi.people.models import User
from registration.models import RosterRow, RosterUpload
from tests.registration.sheet_samples import GOOD, HEADER, SHEET, csv, edited, rezipped, sheet_of, xlsx

from .test_bad_files import LINE, march, person, scribe, told  # noqa: F401  # fixtures

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("march")]


def header(**other: str) -> bytes:
    """A good row under a header with some other words."""
    return xlsx((tuple(other.get(name, name) for name in HEADER), GOOD))


def repacked(how: int) -> bytes:
    """The same workbook packed in another way."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for name in zipfile.ZipFile(io.BytesIO(xlsx())).namelist():
            archive.writestr(name, sheet_of(xlsx(), name))
    return out.getvalue()


def behind_a_cover() -> bytes:
    return xlsx((("说明",), ("名单在下一张",)), lambda book, sheet: book.add_worksheet("学员").write_row(0, 0, HEADER))


def with_note(text: bytes) -> bytes:
    cell = b'<c r="M2" t="inlineStr"><is><t>' + text + b"</t></is></c></row></sheetData>"
    return edited(xlsx(), b"</row></sheetData>", cell)


REFUSED: dict[str, tuple[Callable[[], bytes], list[str]]] = {
    "UTF-32": (lambda: csv(LINE, encoding="utf-32"), ["encoding"]),
    "UTF-16 with half a sign": (lambda: csv(LINE, encoding="utf-16") + b"\0", ["encoding"]),
    "a row in another encoding": (lambda: csv(LINE) + b"\r\n" + ",".join(person(2)).encode("gb18030"), ["encoding"]),
    "half a surrogate": (lambda: csv(LINE).replace("测试甲".encode(), b"\xed\xa0\x80"), ["encoding"]),
    "NULs behind the end": (lambda: csv(LINE) + bytes(50), ["control_characters"]),
    "a mark before a page": (lambda: b"\xef\xbb\xbf<html><table></table></html>", ["not_a_valid_workbook"]),
    "a page in a letter": (lambda: b"MIME-Version: 1.0\r\n\r\nx", ["not_a_valid_workbook"]),
    "a sheet in XML of 2003": (lambda: b'<?xml version="1.0"?><Workbook/>', ["not_a_valid_workbook"]),
    "a document": (lambda: rezipped(xlsx(), {"xl/workbook.xml": None, "word/document.xml": b"<x/>"}),
                   ["not_a_valid_workbook"]),
    "JSON": (lambda: json.dumps([{"姓名": "甲"}]).encode(), ["header_missing"]),
    "words parted by strokes": (lambda: csv(LINE.replace(",", "|"), between="|"), ["header_missing"]),
    "an empty zip": (lambda: b"PK\x05\x06" + bytes(18), ["not_a_valid_workbook"]),
    "a zip packed in another way": (lambda: repacked(zipfile.ZIP_LZMA), ["not_a_valid_workbook"]),
    "a sheet in GBK": (
        lambda: edited(xlsx(), b'encoding="UTF-8"', b'encoding="GBK"'), ["not_a_valid_workbook"]),
    "a sign by its number nought": (lambda: with_note(b"a&#0;b"), ["not_a_valid_workbook"]),
    "a text that is not there": (
        lambda: edited(xlsx(), b'<c r="A2" t="s"><v>13</v>', b'<c r="A2" t="s"><v>9999999</v>'),
        ["not_a_valid_workbook"]),
    "no shared texts": (lambda: rezipped(xlsx(), {"xl/sharedStrings.xml": None}), ["not_a_valid_workbook"]),
    "row nought": (lambda: edited(xlsx(), b'<row r="2"', b'<row r="0"'), ["not_a_valid_workbook"]),
    "people behind a cover": (behind_a_cover, ["header_missing", "other_sheet"]),
    "a hint in the header": (lambda: header(手机="手机（11位）"), ["header_unknown"]),
    "a header in other characters": (lambda: header(证件号码="證件號碼"), ["column_missing"]),
    "one column by two names": (lambda: xlsx(((*HEADER, "手机号"), (*GOOD, "19900000002"))), ["column_twice"]),
    "lines without end": (lambda: csv(LINE) + b"\n" * 2_000_000, ["too_many_columns_or_rows"]),
    "commas without end": (lambda: csv(LINE) + b"\n" + b"," * 5_000_000, ["too_many_columns_or_rows"]),
    "quotes without end": (lambda: csv(LINE) + b"\n" + b'"' * 5_000_000, ["field_too_long"]),
    "a million short lines": (lambda: csv(LINE) + b"\n" + b"a\n" * 1_000_000, ["too_many_rows"]),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_sibling_is_refused_whole_with_its_reason(name: str, scribe: User) -> None:  # noqa: F811
    make, codes = REFUSED[name]
    found = told(scribe, make())
    assert (found["state"], [one["code"] for one in RosterUpload.objects.get().findings]) == ("failed", codes)
    assert RosterRow.objects.count() == 0


READ: dict[str, tuple[Callable[[], bytes], int, set[str]]] = {
    "the mark of UTF-8 twice": (lambda: b"\xef\xbb\xbf" + csv(LINE, encoding="utf-8-sig"), 1, set()),
    "UTF-16 the other way round": (lambda: b"\xfe\xff" + csv(LINE, encoding="utf-16-be"), 1, set()),
    "wide commas": (lambda: csv(LINE.replace(",", "，"), between="，"), 1, set()),
    "lines that end in every way": (
        lambda: csv(LINE) + b"\n" + ",".join(person(2)).encode() + b"\r" + ",".join(person(3)).encode(), 3, set()),
    "blank lines between": (lambda: csv("", LINE, "", ",,,,,,,,,,,,", ",".join(person(2)), ""), 2, set()),
    "the end of a file of old": (lambda: csv(LINE) + b"\r\n\x1a", 1, set()),
    "the strict form": (lambda: rezipped(xlsx(), {
        name: sheet_of(xlsx(), name).replace(
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main")
        for name in ("xl/workbook.xml", SHEET, "xl/sharedStrings.xml")}), 1, set()),
    "a zip that packs nothing": (lambda: repacked(zipfile.ZIP_STORED), 1, set()),
    "cells without their places": (
        lambda: rezipped(xlsx(), {SHEET: re.sub(rb' r="[A-Z]?[0-9]+"', b"", sheet_of(xlsx()))}), 1, set()),
    "a dimension without end": (
        lambda: edited(xlsx(), b'<dimension ref="A1:M2"/>', b'<dimension ref="A1:XFD1048576"/>'), 1, set()),
    "a sheet that nobody can show": (
        lambda: xlsx(change=lambda book, sheet: book.add_worksheet("藏").very_hidden()), 1, {"hidden_sheet"}),
    "rows that a filter hides": (
        lambda: xlsx((HEADER, GOOD, person(2)), lambda book, sheet: sheet.set_row(1, None, None, {"hidden": True})),
        2, {"hidden_rows"}),
    "a star before a header": (lambda: header(姓名="* 姓\n名", 手机="联系方式"), 1, set()),
    "an unseen sign in a header": (lambda: header(姓名="姓\u200b名", 手机="\ufeff手机"), 1, set()),
    "markup in a header": (lambda: header(备注="<script>alert(1)</script>"), 1, {"column_ignored", "column_absent"}),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_a_sibling_is_read_whole_and_its_rows_are_counted(name: str, scribe: User) -> None:  # noqa: F811
    make, rows, warned = READ[name]
    found = told(scribe, make())
    assert (found["state"], found["rows"], found["valid"]) == ("judged", rows, rows)
    assert {one["code"] for one in RosterUpload.objects.get().findings} == warned
