"""A list of bars as the authorities send it: lines of text to rows, every error by line and column (rules S5)."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from datetime import date

NEEDED = ("证件类型", "证件号码", "起始日", "截止日")
OPTIONAL = ("姓名", "出生日期", "签发国家", "条款")
MOST_ROWS = 1000
LONGEST = 100


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
    """Rows of a text with a header line.

    Codes: unreadable, columns_missing, no_rows, too_many_rows, cell_count, too_long, missing, bad_date, days_order.
    """
    read = Read()
    try:
        lines = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
    except csv.Error:
        read.errors.append(RowError(1, "", "unreadable", "文件的引号或换行有误，请重新另存为 CSV 后上传。"))
        return read
    header = [cell.strip() for cell in lines[0]] if lines else []
    absent = [name for name in NEEDED if name not in header]
    if absent:
        read.errors.append(RowError(1, "、".join(absent), "columns_missing", "第一行要有这些列名，请按模板填写。"))
        return read
    body = [(number, row) for number, row in enumerate(lines[1:], 2) if any(cell.strip() for cell in row)]
    if not body:
        read.errors.append(RowError(2, "", "no_rows", "文件里没有人员，请核对。"))
    if len(body) > MOST_ROWS:
        read.errors.append(RowError(1, "", "too_many_rows", f"一次最多 {MOST_ROWS} 人，请分成几份。"))
        return read
    for number, row in body:
        _read(read, number, header, [cell.strip() for cell in row])
    return read


def _read(read: Read, number: int, header: list[str], row: list[str]) -> None:
    before = len(read.errors)

    def wrong(column: str, code: str, message: str) -> None:
        read.errors.append(RowError(number, column, code, message))

    if len(row) > len(header):
        wrong("", "cell_count", "这一行的格数多于列名，请检查逗号和引号。")
        return
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
    if first and last and last < first:
        wrong("截止日", "days_order", "截止日不能早于起始日，请按来文核对。")
    if len(read.errors) == before and first and last:
        read.rows.append(
            BarRow(
                number, cells["证件类型"], cells["证件号码"], first, last, cells.get("姓名", ""), days["出生日期"],
                cells.get("签发国家", ""), cells.get("条款", "").removeprefix("须知").strip(),
            )
        )  # fmt: skip


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
