"""A small table from a file: .xlsx by its beginning, otherwise .csv in UTF-8 or GB18030; every cell is text."""

from __future__ import annotations

import csv
import io
import zipfile

from python_calamine import CalamineError, CalamineWorkbook

LARGEST = 5 * 1024 * 1024
UNPACKED = 60 * 1024 * 1024
MOST_ROWS = 20_000


class Unreadable(ValueError):
    """A file that is no such table, is larger than any should be, or has more rows."""


def read(content: bytes) -> list[list[str]]:
    """The rows of the first sheet, spaces around the cells left out. Raises `Unreadable`."""
    if len(content) > LARGEST:
        raise Unreadable("larger than 5 MB")
    rows = _workbook(content) if content.startswith(b"PK") else _csv(content)
    if len(rows) > MOST_ROWS + 1:
        raise Unreadable(f"more than {MOST_ROWS} rows")
    return [[str(cell).strip() for cell in row] for row in rows]


def _workbook(content: bytes) -> list[list[object]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(one.file_size for one in packed.infolist()) > UNPACKED:
                raise Unreadable("unpacks to more than it should")
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        return [list(row) for row in sheet.to_python()]
    except (zipfile.BadZipFile, CalamineError, OSError, IndexError) as error:
        raise Unreadable("no workbook") from error


def _csv(content: bytes) -> list[list[object]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return [list(row) for row in csv.reader(io.StringIO(content.decode(encoding)), strict=True)]
        except UnicodeDecodeError:
            continue
        except csv.Error as error:
            raise Unreadable("no table") from error
    raise Unreadable("neither UTF-8 nor GB18030")
