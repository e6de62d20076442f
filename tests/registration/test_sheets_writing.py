"""The workbook that is downloaded and the one that comes back marked: all text, nothing lost on the way."""

from __future__ import annotations

import io
import re
import resource
import zipfile
from datetime import datetime

import openpyxl
import pytest

from registration.rules.roster_file import Ledger
from registration.rules.roster_rows import judge_row
from registration.sheets.enums import REQUIRED, Column, Level
from registration.sheets.marked import MarkedRow, write_marked
from registration.sheets.reading import read_workbook
from registration.sheets.template import READY_ROWS, TemplateRow, list_words, sample_texts, texts_of, write_template
from tests.rules.roster_samples import RULES, VOCABULARY, cells, errors

from .sheet_samples import GOOD, HEADER, csv, read, refusals, sheet_of, warnings, xlsx

META = {"institution": "17", "window": "4", "stamp": "abc"}


def template(rows=()):
    words = "2026-03-01 至 2026-03-31，评价月 2026 年 5 月"
    return write_template(institution="测试学校", window=words, vocabulary=VOCABULARY, meta=META, rows=rows)


def opened(content):
    return openpyxl.load_workbook(io.BytesIO(content))


def marked(content, *, header_line=1):
    """What the reader and the rules make of a file, written back marked."""
    rows, ledger = [], Ledger()
    for row in read(content):
        answer = judge_row(row.cells, rules=RULES, misfit=row.misfit)
        findings = answer.findings + ledger.add(row.line, answer)
        rows.append(MarkedRow(row.line, answer.typed, findings, answer.values, answer.row_id or f"r{row.line}"))
    out = io.BytesIO()
    write_marked(out, rows=rows, header_line=header_line, meta=META)
    return out.getvalue()


def test_the_downloaded_workbook_filled_in_is_read_without_a_word():
    texts = {column: str(text) for column, text in cells().items()}
    content = template([TemplateRow("r1", texts), TemplateRow("r2", sample_texts(VOCABULARY))])
    rows = read(content)
    assert [(row.line, row.cells[Column.ROW_ID]) for row in rows] == [(2, "r1"), (3, "r2")]
    assert [errors(judge_row(row.cells, rules=RULES)) for row in rows] == [[], []]
    assert warnings(content) == []


@pytest.mark.parametrize("subjects", ["全部", "理论"])
def test_stored_values_written_in_words_are_read_back_as_the_same_values(subjects):
    values = judge_row(cells(subjects=subjects, education="大专", employer="测试学校"), rules=RULES).values
    assert judge_row(texts_of(values, VOCABULARY), rules=RULES).values == values


def test_the_downloaded_workbook_as_it_is_has_no_people():
    assert refusals(template()) == ["no_rows"]


def test_the_downloaded_workbook_says_whose_it_is():
    with read_workbook(template([TemplateRow("r1", {Column.NAME: "测试甲"})])) as reading:
        assert reading.meta == META


def test_its_sheets_are_the_roster_the_instructions_and_two_hidden_ones():
    book = opened(template())
    assert [(sheet.title, sheet.sheet_state) for sheet in book] == [
        ("名单", "visible"), ("填写说明", "visible"), ("选项", "hidden"), ("_kupasi", "veryHidden"),
    ]  # fmt: skip
    assert (book["_kupasi"].protection.sheet, book["填写说明"].protection.sheet) == (True, True)


def test_its_header_is_the_contracts_and_its_columns_are_text():
    sheet = opened(template())["名单"]
    assert [cell.value for cell in sheet[1]] == [*HEADER, "行标识"]
    assert {one.number_format for one in sheet.column_dimensions.values()} == {"@"}
    assert sheet.column_dimensions["N"].hidden


def test_its_empty_rows_have_ids_of_their_own():
    sheet = opened(template([TemplateRow("r1")]))["名单"]
    ids = [row[0] for row in sheet.iter_rows(min_row=2, min_col=14, values_only=True)]
    assert (len(ids), len(set(ids)), ids[0]) == (READY_ROWS + 1, READY_ROWS + 1, "r1")


def test_its_lists_offer_the_words_that_the_rules_know():
    sheet = opened(template())["名单"]
    kinds = {str(one.sqref)[0]: one.type for one in sheet.data_validations.dataValidation}
    assert kinds == dict.fromkeys("BDFJKL", "list") | dict.fromkeys("CG", "custom")
    for column, words in list_words(VOCABULARY).items():
        for word in words:
            answer = judge_row(cells(subjects="全部") | {column: word}, rules=RULES)
            assert not [one for one in answer.findings if one.code.startswith("unknown")]


def test_its_instructions_explain_every_column():
    text = "\n".join(str(cell.value) for row in opened(template())["填写说明"] for cell in row if cell.value)
    assert [column.label for column in Column if column.label not in text and column is not Column.ROW_ID] == []
    assert text.count("必填") >= len(REQUIRED)


BAD = ("测试甲1", "居民身份证", "310104199003070123", "男", "1990-03-07", "本科", "19900000001", "=1+1", "一班",
       "人工智能数据标注", "新考", "全部", "x")  # fmt: skip


def test_every_mistake_is_red_explained_and_listed():
    sheet = opened(marked(xlsx((HEADER, GOOD, BAD))))["名单"]
    red = {cell.column_letter for cell in sheet[3] if cell.fill.fgColor.rgb == "FFF8C9C4"}
    assert red == {"A", "C", "D", "H", "O"}
    assert {cell.column_letter for cell in sheet[3] if cell.comment} == red - {"O"}
    assert sheet["O1"].value == "问题（系统填写）"
    assert sheet["O3"].value.count("【错误") == 4
    assert "位改为" in sheet["C3"].comment.text
    assert sheet["O2"].value is None
    assert sheet.auto_filter.ref == "A1:O3"


CHANGED = ("测试甲", "护照", 12345678, "男", "1990-03-07", "", "19900000001", True, None,
           "人工智能数据标注", "新考", "全部", None)  # fmt: skip


@pytest.mark.parametrize("moment", [datetime(2026, 3, 1), datetime(2026, 3, 1, 8, 30), datetime(1899, 12, 31, 12)])
def test_a_number_or_date_sent_back_unrepaired_is_refused_again(moment):
    def dated(book, sheet):
        for at in (8, 12):
            sheet.write_datetime(1, at, moment, book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))

    content = xlsx((HEADER, CHANGED), dated)
    found = [("number", "number_not_text")] + [(one, "changed_by_excel") for one in ("employer", "class_name", "note")]
    for _ in range(3):
        (row,) = read(content)
        assert errors(judge_row(row.cells, rules=RULES)) == found
        content = marked(content)


def test_the_marked_workbook_has_the_same_texts_in_the_same_lines():
    content = xlsx(((), HEADER, GOOD, (), BAD))
    back = marked(content, header_line=2)
    before = [(row.line, row.cells[Column.NAME], row.cells[Column.NUMBER]) for row in read(content)]
    assert [(row.line, row.cells[Column.NAME], row.cells[Column.NUMBER]) for row in read(back)] == before
    assert (warnings(back), [row.cells[Column.ROW_ID] for row in read(back)]) == ([], ["r3", "r5"])


def test_the_marked_workbook_sums_up_what_was_found():
    sheet = opened(marked(xlsx((HEADER, BAD, BAD))))["问题汇总"]
    assert [cell.value for cell in sheet[1]] == ["级别", "列", "问题", "行数"]
    assert sheet["D2"].value == "2"


def test_everything_in_the_marked_workbook_is_text_and_nothing_a_formula():
    line = '=1+1,+x,@y,-z,1990-03-07,,199,"=cmd|x",http://127.0.0.1/,x,,,'
    content = marked(csv(line, line))
    part = sheet_of(content)
    assert b"<f>" not in part
    assert set(re.findall(rb'<c [^>]*\bt="(\w+)"', part)) == {b"inlineStr"}
    assert b"<hyperlink" not in part


@pytest.mark.parametrize("name", ["张\x0b三", "张\ufffe三", "㐂𠮷龘", "<b>&amp;</b>"])
def test_any_text_can_be_written_and_the_workbook_opens(name):
    out = io.BytesIO()
    write_marked(out, rows=[MarkedRow(2, {Column.NAME: name})], meta={})
    assert len(opened(out.getvalue())["名单"]["A2"].value) == len(name)


def test_what_only_is_told_is_not_red():
    back = opened(marked(xlsx((HEADER, ("测试•甲", *GOOD[1:])))))["名单"]
    assert "【说明·姓名】" in back["O2"].value
    assert back["A2"].fill.fgColor.rgb != "FFF8C9C4"


def test_many_marked_rows_need_little_memory_and_few_comments():
    one = judge_row(cells(name="1"), rules=RULES)
    assert [finding.level for finding in one.findings] == [Level.ERROR]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    out = io.BytesIO()
    write_marked(out, rows=(MarkedRow(n + 2, one.typed, one.findings, one.values) for n in range(12_000)), meta={})
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before <= 60 * 1024
    with zipfile.ZipFile(out) as archive:
        assert archive.read("xl/comments1.xml").count(b"<comment ") == 5000
