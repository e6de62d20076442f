"""Family RF through the product: sent over the HTTP API, worked on, answered; nobody is stored from a refused file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from exams.services import settings
from kupasi import clock
from kupasi.people.models import User
from kupasi.people.tokens import make_token
from registration.models import Roster, RosterRow, RosterUpload
from tests import builders
from tests.registration import sheet_samples as sheets
from tests.registration import test_sheets_guard as guard
from tests.registration.sheet_samples import GOOD, HEADER, SHEET, csv, edited, rezipped, xlsx

from . import made
from .year_2026 import TODAY, open_window

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("march")]
LINE = ",".join(GOOD)


@pytest.fixture
def march(notice: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """1 March 2026, within a window."""
    open_window()
    monkeypatch.setattr(clock, "now", lambda: builders.at(TODAY))


@pytest.fixture
def scribe() -> User:
    return made.a_member(made.an_institution())


def person(number: int) -> tuple[str, ...]:
    """A good row of another person."""
    one = made.line(number)
    return tuple(one[name] for name in HEADER)


def huge_cell() -> bytes:
    """A cell of 400 MB, written piece by piece."""
    part, out = sheets.sheet_of(xlsx()), io.BytesIO(rezipped(xlsx(), {SHEET: None}))
    before, after = part.split(b"<sheetData>", 1)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive, archive.open(SHEET, "w") as sheet:
        sheet.write(before + b'<sheetData><row r="9"><c r="A9" t="inlineStr"><is><t>')
        for _ in range(400):
            sheet.write(b"A" * 1_000_000)
        sheet.write(b"</t></is></c></row>" + after)
    return out.getvalue()


def with_change(change: Callable[[Any, Any], object], *, rows: int = 1) -> Callable[[], bytes]:
    return lambda: xlsx((HEADER, *(person(number) for number in range(1, rows + 1))), change)


def two_sheets(book: Any, sheet: Any) -> None:
    book.add_worksheet("第二张").write_row(0, 0, HEADER)
    book.worksheets()[1].write_row(1, 0, person(9))


def a_hidden_sheet(book: Any, sheet: Any) -> None:
    two_sheets(book, sheet)
    book.worksheets()[1].hide()


def external() -> bytes:
    return rezipped(xlsx(), {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"})


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "RF-002 xlsx_cell_400mb": (huge_cell, "too_big_unpacked"),
    "RF-003 xlsx_10k_entries": (guard.REFUSED["10,000 entries"][0], "too_many_entries"),
    "RF-004 xlsx_far_cell": (guard.REFUSED["the farthest cell"][0], "too_many_columns_or_rows"),
    "RF-007 xlsx_xxe": (guard.REFUSED["an entity from a file"][0], "not_a_valid_workbook"),
    "RF-008 xlsx_xxe_http": (guard.REFUSED["an entity from a server"][0], "not_a_valid_workbook"),
    "RF-009 xlsx_zip_slip": (guard.REFUSED["a name that climbs"][0], "odd_names"),
    "RF-011 xlsx_bad_crc": (guard.REFUSED["damaged bytes"][0], "not_a_valid_workbook"),
    "RF-012 xlsx_empty": (guard.REFUSED["an empty sheet"][0], "empty"),
    "RF-013 xlsx_header_only": (guard.REFUSED["only a header"][0], "no_rows"),
    "RF-015 xlsx_is_html": (lambda: b"<html><table><tr><td>x</td></tr></table></html>", "not_a_valid_workbook"),
    "RF-018 xlsm_macro": (guard.REFUSED["macros"][0], "macro_not_accepted"),
    "RF-031 xlsx_header_homoglyph": (lambda: xlsx((("姓⼛", *HEADER[1:]), GOOD)), "header_unknown"),
    "RF-034 xlsx_5001_rows": (lambda: xlsx((HEADER, *[GOOD] * 5001)), "too_many_rows"),
    "RF-039 csv_nul": (lambda: csv(LINE.replace("测试甲", "测\0试")), "control_characters"),
    "RF-041 csv_field_10mb": (lambda: csv(LINE.replace("测试甲", "名" * 3_400_000)), "field_too_long"),
    "a neighbour: a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(500), "not_a_valid_workbook"),
    "a neighbour: a program": (lambda: b"MZ\x90" + bytes(500), "not_a_valid_workbook"),
    "a neighbour: an archive": (lambda: b"7z\xbc\xaf\x27\x1c" + bytes(500), "not_a_valid_workbook"),
    "a neighbour: a locked workbook": (guard.REFUSED["a document that needs a password"][0], "encrypted"),
    "a neighbour: entities of entities": (guard.REFUSED["entities of entities"][0], "not_a_valid_workbook"),
    "a neighbour: UTF-16 without its mark": (lambda: csv(LINE, encoding="utf-16-le"), "encoding"),
    "a neighbour: a column twice": (lambda: xlsx(((*HEADER, "姓名"), (*GOOD, "乙"))), "column_twice"),
    "a neighbour: no column of names": (lambda: xlsx((HEADER[1:], GOOD[1:])), "column_missing"),
    "a neighbour: a quote that never ends": (lambda: csv('"' + LINE, LINE), "quotes"),
    "a neighbour: nothing at all": (lambda: b" ", "empty"),
}  # fmt: skip


def told(scribe: User, content: bytes, name: str = "名单.xlsx") -> dict[str, Any]:
    """What the API says of a file once the worker has had it."""
    token, _ = make_token(scribe, at=builders.at(TODAY))
    headers = {"authorization": f"Bearer {token}"}
    sent = Client().post("/api/v1/rosters/", {"file": SimpleUploadedFile(name, content)}, headers=headers)
    assert sent.status_code == 202
    made.work(RosterUpload.objects.latest("pk"), when=TODAY)
    return dict(Client().get(f"/api/v1/rosters/{sent.json()['id']}/", headers=headers).json())


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_file_is_refused_whole_and_nobody_is_stored(name: str, scribe: User) -> None:
    make, code = REFUSED[name]
    if "5001" in name:
        settings.change("roster_most_rows", 5000, by=builders.act(builders.a_user("admin"), TODAY), reason="试")
    found = told(scribe, make())
    assert (found["state"], [one["code"] for one in found["errors"]]) == ("failed", [code])
    assert (RosterRow.objects.count(), RosterUpload.objects.get().file.name) == (0, "")
    assert "root:" not in found["errors"][0]["message"]


ACCEPTED: dict[str, tuple[Callable[[], bytes], int, set[str]]] = {
    "RF-020 xlsx_hidden_rows": (
        with_change(lambda book, sheet: sheet.set_row(2, None, None, {"hidden": True}), rows=3), 3, {"hidden_rows"}),
    "RF-021 xlsx_two_sheets": (with_change(two_sheets), 1, {"other_sheet"}),
    "RF-022 xlsx_hidden_sheet": (with_change(a_hidden_sheet), 1, {"hidden_sheet"}),
    "RF-028 xlsx_external_link": (external, 1, {"external_links"}),
    "RF-032 xlsx_extra_columns": (
        lambda: xlsx(((*HEADER, "状态", "is_paid", "成绩"), (*GOOD, "passed", "true", "100"))), 1, {"column_ignored"}),
    "RF-035 csv_gb18030": (lambda: csv(LINE.replace("测试甲", "㐂龘测"), encoding="gb18030"), 1, set()),
    "RF-037 csv_utf16": (lambda: csv(LINE, encoding="utf-16"), 1, set()),
    "a neighbour: lines end as on an old Mac": (
        lambda: csv(LINE).replace(b"\r\n", b"\r"), 1, set()),
    "a neighbour: the separator is said first": (lambda: b"sep=,\r\n" + csv(LINE), 1, {"title_rows"}),
    "a neighbour: a wrong dimension": (
        lambda: edited(xlsx(), b'<dimension ref="A1:M2"/>', b'<dimension ref="A1"/>'), 1, set()),
}  # fmt: skip


@pytest.mark.parametrize("name", ACCEPTED)
def test_an_odd_file_is_read_whole_with_a_word_about_what_is_odd(name: str, scribe: User) -> None:
    make, rows, warned = ACCEPTED[name]
    found = told(scribe, make())
    assert (found["state"], found["rows"], found["valid"]) == ("judged", rows, rows)
    assert {one["code"] for one in RosterUpload.objects.get().findings} == warned
    assert RosterRow.objects.count() == rows


IN_ROWS: dict[str, tuple[Callable[[], bytes], list[tuple[int, str, str]]]] = {
    "RF-024 xlsx_id_as_number": (
        lambda: xlsx((HEADER, GOOD), lambda book, sheet: sheet.write_number(1, 2, 310104199003070122)),
        [(2, "证件号码", "number_damaged")]),
    "RF-027 xlsx_formulas": (
        lambda: xlsx((HEADER, GOOD), lambda book, sheet: sheet.write_formula(1, 0, '=WEBSERVICE("http://x")')),
        [(2, "姓名", "formula_not_accepted")]),
    "RF-043 csv_ragged": (
        lambda: csv(LINE, ",".join(person(2)) + ",多", ",".join(person(3)[:-2])),
        [(3, "姓名", "ragged_row"), (4, "姓名", "ragged_row")]),
    "RF-044 csv_formula": (
        lambda: csv(*(",".join((name, *person(at)[1:])) for at, name in enumerate(("=1+1", "@SUM(A1)", "+cmd|x"), 1))),
        [(2, "姓名", "name_chars"), (3, "姓名", "name_chars"), (4, "姓名", "name_chars")]),
    "RF-045 csv_bidi": (lambda: csv(LINE.replace("测试甲", "张\u202e三")), [(2, "姓名", "name_chars")]),
    "a neighbour: a number that lost its end": (
        lambda: csv(LINE.replace(GOOD[2], "310104199003070000")), [(2, "证件号码", "number_damaged")]),
    "a neighbour: a number in scientific notation": (
        lambda: csv(LINE.replace(GOOD[2], "3.10104E+17")), [(2, "证件号码", "number_damaged")]),
    "a neighbour: a cell in error": (
        lambda: xlsx((HEADER, GOOD), lambda book, sheet: sheet.write_formula(1, 8, "=1/0", None, "#DIV/0!")),
        [(2, "班级", "formula_not_accepted")]),
}  # fmt: skip


@pytest.mark.parametrize("name", IN_ROWS)
def test_what_is_wrong_in_a_row_is_told_by_row_column_and_code(name: str, scribe: User) -> None:
    make, wanted = IN_ROWS[name]
    found = told(scribe, make())
    assert [(one["row"], one["column"], one["code"]) for one in found["errors"]] == wanted
    assert (found["state"], found["invalid"]) == ("judged", len(wanted))
    assert not RosterRow.objects.filter(number_tail__in=["E+17", "0000"]).exclude(number_index="").exists()


def test_one_bad_of_a_thousand_is_told_and_nobody_is_on_the_list(scribe: User) -> None:
    """RF-033."""
    rows = [person(number) for number in range(1, 1001)]
    rows[500] = ("=1+1", *rows[500][1:])
    found = told(scribe, xlsx((HEADER, *rows)))
    assert [(one["row"], one["code"]) for one in found["errors"]] == [(502, "name_chars")]
    assert (found["valid"], found["people"]) == (999, 0)
    assert not Roster.objects.get().rows.current().exists()
