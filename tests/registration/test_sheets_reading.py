"""Rosters as they really come: any order of columns, any encoding, titles, presets, damaged cells (bad inputs RF)."""

from __future__ import annotations

import base64
import csv as lenient
import io
import re
import zlib
from dataclasses import replace
from datetime import date, datetime

import pytest
import xlsxwriter

from registration.rules.roster_rows import judge_row
from registration.sheets.cells import Formula
from registration.sheets.enums import Column
from registration.sheets.header import Preset
from registration.sheets.limits import APART, LIMITS
from registration.sheets.reading import read_workbook
from tests.rules.roster_samples import RULES

from .sheet_samples import GOOD, HEADER, SHEET, csv, names, persons, read, refusals, rezipped, sheet_of, warnings, xlsx

LINE = ",".join(GOOD)
RARE = ",".join(("㐂龘测", *GOOD[1:]))


def header(**other):
    """The header with some names replaced; a name without a column is added at its end."""
    known = {column.value: column.label for column in Column if column is not Column.ROW_ID} | other
    return tuple(known.values())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_text_file_is_read_in_every_usual_encoding(encoding):
    assert names(csv(RARE, encoding=encoding)) == ["㐂龘测"]


@pytest.mark.parametrize("between", ["\t", ";", "，"])
def test_other_signs_may_part_the_words(between):
    assert names(csv(between.join(GOOD), between=between)) == ["测试甲"]


REFUSED = {
    "no known encoding": (csv(LINE) + "名".encode() + b"\xff\xff\x80", "encoding"),
    "UTF-16 without its mark": (csv(LINE, encoding="utf-16-le"), "encoding"),
    "a NUL": (csv(LINE.replace("测试甲", "测\0试")), "control_characters"),
    "a field of 10 MB": (csv(LINE.replace("测试甲", "名" * 3_400_000)), "field_too_long"),
    "a quote that never ends": (csv('"' + LINE, LINE), "quotes"),
    "a quote inside a word": (csv('"测"试,' + LINE), "quotes"),
    "too many columns": (csv(LINE + "," * 80), "too_many_columns_or_rows"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_text_file_that_cannot_be_right_is_refused(name):
    content, code = REFUSED[name]
    assert refusals(content) == [code]


def test_a_text_file_with_too_many_rows_is_refused_before_its_first_row():
    limits = replace(LIMITS, rows=100)
    assert refusals(csv(*[LINE] * 101), limits) == ["too_many_rows"]
    assert refusals(csv(*[LINE] * 200), limits) == ["too_many_rows"]
    assert len(read(csv(*[LINE] * 100, "", ""), limits)) == 100


def test_records_that_do_not_fit_the_header_say_by_how_much():
    rows = read(csv(LINE, LINE + ",多", "测试乙,居民身份证", LINE + ",,", ""))
    assert [(row.line, row.misfit) for row in rows] == [(2, 0), (3, 1), (4, -11), (5, 0)]


def test_twin_a_lenient_reader_would_swallow_everybody_after_an_open_quote():
    text = f'"{LINE}\r\n{LINE}\r\n{LINE}\r\n'
    assert len(list(lenient.reader(io.StringIO(text)))) == 1
    assert refusals(csv(text)) == ["quotes"]


def test_hostile_names_are_refused_row_by_row_and_the_others_are_read():
    lines = [LINE.replace("测试甲", name) for name in ("=1+1", "@SUM(A1)", "+cmd|x", "张\u202e三", "测试甲")]
    answers = [judge_row(row.cells, rules=RULES) for row in read(csv(*lines))]
    assert [[one.code for one in answer.findings] for answer in answers] == [["name_chars"]] * 4 + [[]]


def test_a_numeric_number_is_refused_in_its_row_and_never_stored_as_a_number():
    content = xlsx((HEADER, GOOD), lambda book, sheet: sheet.write_number(1, 2, 310104199003070122))
    answer = judge_row(read(content)[0].cells, rules=RULES)
    assert (answer.findings[0].code, answer.values.number, answer.identity) == ("number_damaged", "", None)


def test_a_record_of_several_lines_counts_as_one_row():
    rows = read(csv('"测试\n甲"' + LINE[3:], LINE))
    assert [(row.line, row.cells[Column.NAME]) for row in rows] == [(2, "测试\n甲"), (3, "测试甲")]


def test_the_order_of_columns_is_free_and_lines_are_those_of_the_sheet():
    rows = read(xlsx((HEADER[::-1], GOOD[::-1], (), GOOD[::-1])))
    assert [(row.line, row.cells[Column.NAME], row.cells[Column.NUMBER]) for row in rows] == [
        (2, "测试甲", GOOD[2]), (4, "测试甲", GOOD[2]),
    ]  # fmt: skip


def test_a_sheet_that_begins_lower_and_further_right_keeps_its_lines():
    def shift(rows):
        return [()] * 4 + [(None, None, *row) for row in rows]

    content = xlsx(shift([HEADER, GOOD]), lambda book, sheet: sheet.write_formula(5, 2, "=1+1", None, "测试甲"))
    assert [(row.line, row.cells[Column.NAME]) for row in read(content)] == [(6, Formula())]


def test_a_title_above_the_header_is_told():
    content = xlsx((("某校报名表",), (), HEADER, GOOD))
    assert (names(content), warnings(content)) == (["测试甲"], ["title_rows"])


def test_usual_other_names_of_columns_are_understood():
    content = xlsx((header(number="身份证号", phone=" 手机号码*", name="姓名（必填）", education="学历："), GOOD))
    assert (names(content), warnings(content)) == (["测试甲"], [])


@pytest.mark.parametrize("given", ["姓⼛", "⼿机", "证件号碼", "申报职叶"])
def test_a_header_of_look_alike_characters_is_answered_with_the_nearest_name(given):
    near = {"姓⼛": "name", "⼿机": "phone", "证件号碼": "number", "申报职叶": "occupation"}[given]
    assert refusals(xlsx((header(**{near: given}), GOOD))) == ["header_unknown"]


def test_a_required_column_that_is_missing_is_named():
    assert refusals(xlsx((HEADER[1:], GOOD[1:]))) == ["column_missing"]
    assert refusals(xlsx((HEADER[2:], GOOD[2:]))) == ["column_missing", "column_missing"]


def test_an_optional_column_may_be_missing_and_is_told():
    assert warnings(xlsx((HEADER[:-1], GOOD[:-1]))) == ["column_absent"]


def test_a_column_that_stands_twice_is_refused():
    assert refusals(xlsx((header(note="姓名"), GOOD))) == ["column_twice"]


def test_a_file_without_a_header_is_refused():
    assert refusals(xlsx((GOOD, GOOD))) == ["header_missing"]


def test_columns_of_the_office_are_ignored_and_named():
    content = xlsx(((*HEADER, "状态", "is_paid", "成绩"), (*GOOD, "qualified", "true", "100")))
    assert warnings(content) == ["column_ignored"] * 3
    assert set(read(content)[0].cells) == {column for column in Column if column is not Column.ROW_ID}


def test_an_ignored_column_is_named_as_it_stands():
    with read_workbook(xlsx(((*HEADER, " Is Paid *"), (*GOOD, "true")))) as reading:
        assert [one.extra["column"] for one in reading.findings] == ["Is Paid *"]


def test_a_header_that_is_no_text_is_named_as_a_person_would():
    def spoil(book, sheet):
        sheet.write_number(0, 13, 2026)
        sheet.write_formula(0, 14, "=1+1")

    with read_workbook(xlsx(change=spoil)) as reading:
        assert [one.extra["column"] for one in reading.findings] == ["2026", "（公式）"]


def test_what_stands_between_cells_on_their_way_may_stand_in_a_cell_too():
    row = read(csv(",".join((*GOOD[:-1], f"a{APART}b"))))[0]
    assert [row.cells[column] for column in Column if column in row.cells] == [*GOOD[:-1], f"a{APART}b"]


def test_a_preset_reads_the_files_of_another_system():
    preset = Preset.from_data({
        "columns": {"XM": "name", "ZJLX": "证件类型", "ZJHM": "number", "LXDH": "手机"},
        "constants": {"申报职业": "人工智能数据标注"},
    })  # fmt: skip
    row = read(xlsx((("XM", "ZJLX", "ZJHM", "LXDH"), ("测试甲", "01", GOOD[2], GOOD[6]))), preset=preset)[0]
    assert (row.cells[Column.DOCUMENT_KIND], row.cells[Column.OCCUPATION]) == ("01", "人工智能数据标注")


@pytest.mark.parametrize("data", [{"columns": {"XM": "fee"}}, {"values": {"sex": ["1"]}}, {"columns": [1]}])
def test_a_preset_that_is_not_understood_is_refused(data):
    with pytest.raises(ValueError, match=r"这一列|对应关系"):
        Preset.from_data(data)


def test_cells_keep_what_the_spreadsheet_made_of_them():
    def spoil(book, sheet):
        sheet.write_number(1, 2, 310104199003070122)
        sheet.write_datetime(1, 4, datetime(1990, 3, 7), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_boolean(1, 5, True)
        sheet.write_number(1, 8, 0.5, book.add_format({"num_format": "hh:mm"}))

    cells = read(xlsx((HEADER, GOOD), spoil))[0].cells
    assert isinstance(cells[Column.NUMBER], float)
    assert cells[Column.BIRTH_DATE] in (date(1990, 3, 7), datetime(1990, 3, 7))
    assert (cells[Column.EDUCATION], cells[Column.CLASS_NAME]) == (True, datetime(1899, 12, 31, 12))


def test_formulas_are_found_in_their_cells_whatever_they_showed():
    def spoil(book, sheet):
        sheet.write_formula(1, 0, '=HYPERLINK("http://127.0.0.1:9/")', None, "测试甲")
        sheet.write_array_formula(2, 6, 2, 6, "{=1+1}", None, 19900000001)

    rows = read(xlsx(persons(3), spoil))
    assert [(row.line, column) for row in rows for column, cell in row.cells.items() if cell == Formula()] == [
        (2, Column.NAME), (3, Column.PHONE),
    ]  # fmt: skip


def test_formulas_across_the_pieces_of_a_large_sheet_are_all_found():
    def spoil(book, sheet):
        for line in range(1, 8000, 50):
            sheet.write_formula(line, 7, "=A1", None, "测试学校")

    rows = read(xlsx(persons(8000), spoil))
    assert [row.line for row in rows if row.cells[Column.EMPLOYER] == Formula()] == list(range(2, 8001, 50))


def test_formulas_without_end_refuse_the_file():
    def spoil(book, sheet):
        for line in range(1, 300):
            sheet.write_formula(line, 0, "=A1")

    limits = replace(LIMITS, formulas=200)
    assert refusals(xlsx(persons(300), spoil), limits) == ["formula_not_accepted"]


def test_a_large_file_comes_in_chunks_and_says_how_long_it_is():
    with read_workbook(xlsx(persons(4500))) as reading:
        assert reading.rows_expected == 4500
        assert [len(chunk) for chunk in reading.chunks()] == [1999, 2000, 501]


def test_a_chart_in_front_is_no_roster():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        front, sheet = book.add_chartsheet("图"), book.add_worksheet("人员")
        chart = book.add_chart({"type": "bar"})
        chart.add_series({"values": "=人员!$A$2:$A$2"})
        front.set_chart(chart)
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, GOOD)
    assert names(out.getvalue()) == ["测试甲"]


def test_workbooks_of_other_programs_are_read():
    part = sheet_of(xlsx())
    for tag in (b"worksheet", b"sheetData", b"row", b"c", b"v"):
        part = re.sub(rb"<(/?)" + tag + rb"(?=[ >/])", rb"<\1x:" + tag, part)
    prefixed = rezipped(xlsx(), {SHEET: part.replace(b"<x:worksheet xmlns=", b"<x:worksheet xmlns:x=")})
    assert names(prefixed) == ["测试甲"]


# A small .xls: the row of our sample, and below it 测试乙 with the formula 1+1 under 手机.
OLD_WORKBOOK = zlib.decompress(base64.b64decode(
    "eNrtWFtIlFEQnrP771VXd72VRmpCWl5g1w3UQLcC86FcL1uYpeVt1XBT0Yy0qC2THqQQeip6EayIwPSl+0O+9RCYSQRBoIUghEHQjVC3OfP/e9"
    "LqQcGk4p9/z5z5Zs45/8y57/9s1DbRPxw3CT9RHmhhPmAC/QIdw2QKAiugPRDgYjA3Ygqo9E+RyYgDqdfBQ8tTAx9DPt6ToIEhaQQ5wBtMFdAK"
    "7pZmb+Iq0g7yoZpxH3KRM7iKmjCIJa8iiNcSjyR+m0o+Ir6NNBeI52LZCbYfRl3u1GxlFu/TJJEtDHi7d6nOK9I4IBqe8Fl8uo/JZXWwve1wte"
    "/vNMRLoTAAOG4F3mZvW7VvAqJwAAfgUyAR4GNwpT5OVPWrq2eA+q+L9Ybf6C9pJAA/BKpogvfg5josyQPsmQUbi0ORJzSOl1v2SMBGej+7T5zs"
    "LVPELx52HI0pVWmlqPlWktAx5U1oQPG8N8YT0nX9IBp31WzlmqnKiqK9nsIi1My03ziFGmfHtZrd/jg3ilp/dqPSLBfHOt8fw3KG8mmfFhs48q"
    "I3s0MHLL/C5rt1cc490hsB4HTYHfYtjpwcu91pz7I7MjMZsPZyM64h1GXYnRn2LGwjvWGsM0TWyeSQ5BbrD2xo5EG7Z9qNwB64pyq76uf8rd7m"
    "WkPjtA8tQ16tH7PGkuk+xYlyt5kfQLRhWRdtWBZayKHI6yCcZBstZyseSbM3PzwvrCl2HSKNnw4p+SjbyHsfAnCG18DKYWTRErdgSqUaacTPUq"
    "vrSI4jHoWLEPPk4mhF2NlNZc6RNRnf4yQad6UskDeh3POu5F58z1vXZpQHCya7ogZfuvohCUe/DuvzpxvSWTq7cpnTfVcwZ8q295p47C9boFFj"
    "VXwPKOd1OMyBmUQbcRnx3mECaZS+kpEWkVYgCZEkkA6RTiA9Ir1ABkQGgYyIjAKZEJkEMiMyCxSCKESgUEShSiSM8OJIGEViUcoziiRMIB5JuE"
    "A8EqtAPBKbQDySCIF4JJEC8UiiBOKRRAvEI4kRiEeyRiAeyVrFdw31yGLfNeR7LPXcekR6paf5lUkuaIB4xn/aPE0E3OHl8ST7QWZQSSWVVFJJ"
    "JZVUWglidAWUr70SXfLkK7VB+a4zh2le/Uzy31IptOBzFP+Y5kMz5m3Quaz5EwM6FmyLLbFO8HshpzJ8exs0QQ350bTs+Yt/idjCeJZc0bpyS2"
    "i5759fjp9/+P3fAU1KInc="
))  # fmt: skip


def test_an_old_workbook_is_read_and_its_formulas_are_found():
    rows = read(OLD_WORKBOOK)
    assert [row.cells[Column.NAME] for row in rows] == ["测试甲", "测试乙"]
    assert [row.cells[Column.PHONE] for row in rows] == ["19900000001", Formula()]
