"""The workbook of one sitting: made with ticket numbers only, read back under the guard of the app that reads files."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import xlsxwriter

from exams.models import Sitting
from kupasi.errors import Refusal
from kupasi.people.models import User

from .mark_columns import ColumnLine
from .mark_grid import grid

TICKET, MARK, ROOM = "准考证号", "成绩", "考场登记"
CLAUSE = "本单位规定：评分与双人录入"
MOST_ABOVE = 10

readers: list[Callable[[bytes], list[list[Any]]]] = []
"""How a foreign file becomes rows: the app above that guards uploads hands its reader down when it starts."""


def template(sitting: Sitting, *, marker: User) -> bytes:
    """A workbook with the ticket numbers that this marker may enter and room for the marks; text cells, no formulas."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        text, head = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "bg_color": "#E8EEF7"})
        sheet = book.add_worksheet("成绩")
        for at, (title, width) in enumerate(((TICKET, 18), (MARK, 10), (ROOM, 12))):
            sheet.set_column(at, at, width, text)
            sheet.write_string(0, at, title, head)
        for row, one in enumerate((one for one in grid(sitting, marker=marker) if one.is_open), start=1):
            sheet.write_string(row, 0, one.ticket, text)
            sheet.write_string(row, 1, one.text, text)
            sheet.write_string(row, 2, "缺考" if one.is_absent else "到考", text)
        sheet.freeze_panes(1, 0)
    return out.getvalue()


def lines_of_file(content: bytes) -> list[ColumnLine]:
    """The lines of a filled workbook or a CSV, by its header; a cell is taken as it is, never rounded or trimmed.

    Refuses with the guard's codes, `column_missing`, `no_rows`.
    """
    if not readers:
        raise Refusal("no_reader", "这里不能读取表格文件，请改用粘贴录入。", CLAUSE)
    rows = readers[0](content)
    for number, row in enumerate(rows[:MOST_ABOVE], start=1):
        names = [str(cell).strip() if cell is not None else "" for cell in row]
        if TICKET in names and MARK in names:
            return _below(rows[number:], number, names.index(TICKET), names.index(MARK))
    raise Refusal("column_missing", f"没有找到表头“{TICKET}”和“{MARK}”，请用本页下载的模板填写。", CLAUSE)


def lines_of_text(text: str, *, tickets: Sequence[str]) -> list[ColumnLine]:
    """Pasted lines: a ticket's number and a mark on each, or marks alone in the order of `tickets`.

    Refuses with `no_rows`, `column_mixed`, `column_length`.
    """
    lines = [line.rstrip("\r") for line in text.split("\n")]
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise Refusal("no_rows", "没有内容，请从电子表格复制后粘贴。", CLAUSE)
    parted = ["\t" in line for line in lines if line]
    if all(parted):
        cells = [line.split("\t") for line in lines]
        return [
            ColumnLine(at, one[0].strip(), one[1] if len(one) > 1 else "")
            for at, one in enumerate(cells, start=1)
            if one[0].strip() != TICKET and "".join(one)
        ]
    if any(parted):
        raise Refusal("column_mixed", "有的行有准考证号，有的行没有，请统一后再粘贴。", CLAUSE)
    if len(lines) > len(tickets):
        message = f"粘贴了 {len(lines)} 行，本场待录只有 {len(tickets)} 份，请核对。"
        raise Refusal("column_length", message, CLAUSE)
    return [ColumnLine(at, tickets[at - 1], line) for at, line in enumerate(lines, start=1)]


def as_pasted(lines: Sequence[ColumnLine]) -> str:
    """Lines as they are handed from the preview to the entering: judged again there, nothing is trusted."""
    return "\n".join(f"{one.ticket}\t{one.typed}" for one in lines)


def _below(rows: Sequence[Sequence[Any]], above: int, ticket: int, mark: int) -> list[ColumnLine]:
    found = []
    for number, row in enumerate(rows, start=above + 1):
        first, second = (_text(row[at]) if at < len(row) else "" for at in (ticket, mark))
        if first.strip() or second.strip():
            found.append(ColumnLine(number, first.strip(), second))
    if not found:
        raise Refusal("no_rows", "表格里只有表头，没有成绩，请填写后再上传。", CLAUSE)
    return found


def _text(cell: object) -> str:
    """A cell as it would be typed: 82.5 from a number, nothing from an empty one, no mark from a date or a formula."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell.replace("\t", " ").replace("\n", " ").replace("\r", " ")
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return f"日期 {cell:%Y-%m-%d}" if isinstance(cell, date) else "公式"
    return str(int(cell)) if float(cell).is_integer() else repr(cell)
