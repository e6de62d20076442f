"""How our own workbooks look: column widths, how each column is filled in, formats; every cell is text."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from .enums import REQUIRED, Column

OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
SHOWN = tuple(column for column in Column if column is not Column.ROW_ID)
FONT = {"font_name": "等线", "font_size": 11}


class Guide(NamedTuple):
    """A column's width in characters, and how it is filled in."""

    width: int
    words: str


GUIDES = {
    Column.NAME: Guide(14, "与证件一致，不超过 50 字；间隔号用“·”。"),
    Column.DOCUMENT_KIND: Guide(24, "从下拉列表中选择。"),
    Column.NUMBER: Guide(24, "与证件一致，本列是文本格式；从别处粘贴时选择“只粘贴值”，切勿变成数值。"),
    Column.SEX: Guide(8, "男或女；18 位号码中已有，可不填，填写的须与号码一致。"),
    Column.BIRTH_DATE: Guide(14, "如 1990-03-07；18 位号码中已有，可不填，填写的须与号码一致。"),
    Column.EDUCATION: Guide(18, "从下拉列表中选择，可不填。"),
    Column.PHONE: Guide(16, "本人的 11 位手机号，通知和本人查询都要用到。"),
    Column.EMPLOYER: Guide(26, "不超过 100 字，可不填。"),
    Column.CLASS_NAME: Guide(16, "不超过 50 字，准考证按班级汇总，可不填。"),
    Column.OCCUPATION: Guide(22, "从下拉列表中选择。"),
    Column.EXAM_KIND: Guide(12, "新考或补考；不填时，报全部科目为新考，报部分科目为补考。"),
    Column.SUBJECTS: Guide(20, "全部，或科目名称，以顿号分隔；不填为全部。"),
    Column.NOTE: Guide(26, "不超过 200 字，可不填。"),
}


class Formats(NamedTuple):
    """The formats of a workbook."""

    text: Format
    header: Format
    required: Format
    title: Format
    wrapped: Format
    error: Format
    error_date: Format
    warning: Format


def formats(book: xlsxwriter.Workbook) -> Formats:
    """Text everywhere but in `error_date`; required headers darker; errors red, warnings yellow."""
    text = {**FONT, "num_format": "@", "valign": "top"}
    error = {**text, "bg_color": "#F8C9C4", "font_color": "#7A1109"}
    head = {**text, "bold": True, "border": 1, "valign": "vcenter"}
    return Formats(
        book.add_format(text),
        book.add_format({**head, "bg_color": "#E8EEF4"}),
        book.add_format({**head, "bg_color": "#C9DCEF"}),
        book.add_format({**text, "bold": True, "font_size": 16}),
        book.add_format({**text, "text_wrap": True}),
        book.add_format(error),
        book.add_format({**error, "num_format": "yyyy-mm-dd hh:mm:ss"}),
        book.add_format({**text, "bg_color": "#FBE7B2"}),
    )


def write_header(sheet: Worksheet, kinds: Formats, *, line: int) -> None:
    """Widths and text format for whole columns, the header in its line, the hidden column of row ids."""
    for at, column in enumerate(SHOWN):
        sheet.set_column(at, at, GUIDES[column].width, kinds.text)
    sheet.set_column(len(SHOWN), len(SHOWN), 4, kinds.text, {"hidden": True})
    for at, column in enumerate(SHOWN):
        sheet.write_string(line - 1, at, column.label, kinds.required if column in REQUIRED else kinds.header)
    sheet.write_string(line - 1, len(SHOWN), Column.ROW_ID.label, kinds.header)


def writable(text: str) -> str:
    """A text without the signs that a workbook cannot hold; a mark stands where they were."""
    return UNWRITABLE.sub("\u25a1", text)


def write_meta(book: xlsxwriter.Workbook, name: str, meta: dict[str, str]) -> None:
    """The hidden, protected sheet that says whose workbook this is."""
    sheet: Any = book.add_worksheet(name)
    for line, (key, value) in enumerate(meta.items()):
        sheet.write_string(line, 0, key)
        sheet.write_string(line, 1, writable(value))
    sheet.protect()
    sheet.very_hidden()
