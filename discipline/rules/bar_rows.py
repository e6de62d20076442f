"""A list of bars as the authorities send it: lines of text to rows, every error by line and column (rules S5)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from discipline.rules.procedure import judge_span

NEEDED = ("证件类型", "证件号码", "起始日", "截止日")
OPTIONAL = ("姓名", "出生日期", "签发国家", "条款")
MOST_ROWS = 1000
LONGEST = 100
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)  # 2026-W01-1 and 20260101 are other ways to write one


@dataclass(frozen=True, slots=True)
class BarRow:
    """One person and span, as written."""

    line: int
    kind: str
    number: str
    barred_from: date
    barred_until: date
    name: str = ""
    birth_date: date | None = None
    country: str = ""
    clause: str = ""


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong at a line and column."""

    line: int
    column: str
    code: str
    message: str


@dataclass(slots=True)
class Read:
    """The rows that can be read and every error."""

    rows: list[BarRow] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)


def read_rows(text: str) -> Read:
    """Rows of a text with a header line; codes as `read_cells`, and unreadable."""
    try:
        return read_cells(list(csv.reader(io.StringIO(text.lstrip("\ufeff")))))
    except csv.Error:
        return Read(errors=[RowError(1, "", "unreadable", "文件的引号或换行有误，请重新另存为 CSV 后上传。")])


def read_cells(lines: Sequence[Sequence[object]]) -> Read:
    """Rows of a table whose first line names the columns; cells of a workbook may be days or numbers.

    Codes: columns_missing, no_rows, too_many_rows, cell_count, too_long, missing, bad_date, days_order,
    number_not_text, formula_not_accepted.
    """
    read = Read()
    header = [_plain(cell).strip() for cell in lines[0]] if lines else []
    absent = [name for name in NEEDED if name not in header]
    if absent:
        read.errors.append(RowError(1, "、".join(absent), "columns_missing", "第一行要有这些列名，请按模板填写。"))
        return read
    body = [(number, row) for number, row in enumerate(lines[1:], 2) if any(_plain(cell).strip() for cell in row)]
    if not body:
        read.errors.append(RowError(2, "", "no_rows", "文件里没有人员，请核对。"))
    if len(body) > MOST_ROWS:
        read.errors.append(RowError(1, "", "too_many_rows", f"一次最多 {MOST_ROWS} 人，请分成几份。"))
        return read
    for number, row in body:
        _read(read, number, header, row)
    return read


def _plain(cell: object) -> str:
    """A cell as it would be written in a text."""
    if isinstance(cell, date):  # a moment is one, too
        return f"{cell:%Y-%m-%d}"
    return "" if cell is None else str(cell)


def _odd(name: str, cell: object) -> tuple[str, str] | None:
    """What a workbook cannot be trusted with: numbers lose digits and leading zeros, formulas are nobody's word."""
    if cell is None or isinstance(cell, str | date):
        return None
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return "formula_not_accepted", "这一格是公式，请改成写好的内容。"
    if name in NEEDED or name in OPTIONAL:
        return "number_not_text", "这一格是数字格式，号码可能已经少位或丢了开头的 0；请设为文本后按来文重新填写。"
    return None


def _read(read: Read, number: int, header: list[str], given: Sequence[object]) -> None:
    row = [_plain(cell).strip() for cell in given]
    while len(row) > len(header) and not row[-1]:
        row.pop()
    before = len(read.errors)

    def wrong(column: str, code: str, message: str) -> None:
        read.errors.append(RowError(number, column, code, message))

    if len(row) > len(header):
        wrong("", "cell_count", "这一行的格数多于列名，请检查逗号和引号。")
        return
    for name, cell in zip(header, given, strict=False):
        if (odd := _odd(name, cell)) is not None:
            wrong(name, *odd)
    cells = dict(zip(header, [*row, *[""] * (len(header) - len(row))], strict=True))
    for name in NEEDED:
        if not cells[name]:
            wrong(name, "missing", "没有填写。")
    for name, value in cells.items():
        if len(value) > LONGEST:
            wrong(name, "too_long", f"超过 {LONGEST} 个字。")
    days = {name: _day(cells.get(name, "")) for name in ("起始日", "截止日", "出生日期")}
    for name, day in days.items():
        if cells.get(name) and day is None:
            wrong(name, "bad_date", "日期要写成 2026-03-01 的样子。")
    first, last = days["起始日"], days["截止日"]
    span = judge_span(first, last) if first and last else None
    if span is not None:
        wrong("截止日", span.code, span.message)
    if len(read.errors) == before and first and last:
        read.rows.append(
            BarRow(
                number, cells["证件类型"], cells["证件号码"], first, last, cells.get("姓名", ""), days["出生日期"],
                cells.get("签发国家", ""), cells.get("条款", "").removeprefix("须知").strip(),
            )
        )  # fmt: skip


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        return None
