"""Files that a test makes: good rosters, and rosters of every bad kind (bad inputs RF). Made-up persons only."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import xlsxwriter

from registration.sheets.cells import FileRefusedError, SheetRow
from registration.sheets.enums import Column
from registration.sheets.limits import LIMITS, Limits
from registration.sheets.reading import read_workbook

NAMES = "姓名 证件类型 证件号码 性别 出生日期 文化程度 手机 工作单位 班级 申报职业 考核类型 考核科目 备注"
HEADER = tuple(NAMES.split(" "))
GOOD = ("测试甲", "居民身份证", "310104199003070122", "女", "1990-03-07", "本科", "19900000001", "测试学校", "一班",
        "人工智能数据标注", "新考", "全部", "")  # fmt: skip
SHEET = "xl/worksheets/sheet1.xml"


def xlsx(rows: Sequence[Sequence[Any]] = (HEADER, GOOD), change: Callable[[Any, Any], object] | None = None) -> bytes:
    """A workbook of these rows; `change(book, sheet)` may spoil it before it is closed."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Sheet1")
        for line, row in enumerate(rows):
            for at, cell in enumerate(row):
                if cell is not None:
                    sheet.write(line, at, cell)
        if change:
            change(book, sheet)
    return out.getvalue()


def persons(count: int) -> list[Sequence[str]]:
    """A header and that many rows."""
    return [HEADER, *(GOOD for _ in range(count))]


def rezipped(content: bytes, change: dict[str, bytes | None], **extra: bytes) -> bytes:
    """The same zip with some entries replaced (None leaves one out) and others added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = change.get(name, old.read(name))
            if data is not None:
                new.writestr(name, data)
        for name in change.keys() - set(old.namelist()):
            new.writestr(name, change[name] or b"")
    return out.getvalue()


def sheet_of(content: bytes, name: str = SHEET) -> bytes:
    """One part of a zip."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)


def edited(content: bytes, old: bytes, new: bytes, *, name: str = SHEET) -> bytes:
    """The same zip with some bytes of one part replaced."""
    part = sheet_of(content, name)
    assert old in part
    return rezipped(content, {name: part.replace(old, new, 1)})


def with_wrong_size(content: bytes, name: str, size: int) -> bytes:
    """The directory says another unpacked size than an entry has."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        real = archive.getinfo(name).file_size
    at = content.rindex(name.encode()) - 46
    assert struct.unpack_from("<L", content, at + 24)[0] == real
    return content[: at + 24] + struct.pack("<L", size) + content[at + 28 :]


def csv(*lines: str, encoding: str = "utf-8", between: str = ",") -> bytes:
    """A text file: the header, and these lines."""
    return "\r\n".join([between.join(HEADER), *lines]).encode(encoding)


def read(content: bytes, limits: Limits = LIMITS, **options: Any) -> list[SheetRow]:
    """All rows of a file."""
    with read_workbook(content, limits=limits, **options) as reading:
        return [row for chunk in reading.chunks() for row in chunk]


def warnings(content: bytes, **options: Any) -> list[str]:
    """Codes of what is told about a file that is read all the same."""
    with read_workbook(content, **options) as reading:
        return [one.code for one in reading.findings]


def refusals(content: bytes, limits: Limits = LIMITS, **options: Any) -> list[str]:
    """Codes of why a file is refused; empty where it is read."""
    try:
        read(content, limits, **options)
    except FileRefusedError as error:
        return [one.code for one in error.findings]
    return []


def names(content: bytes, **options: Any) -> list[Any]:
    """What stands in the column of names."""
    return [row.cells[Column.NAME] for row in read(content, **options)]
