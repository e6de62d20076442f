"""A table of the statistics as a file: CSV for anything, a workbook for a spreadsheet; words stay words (rules M7)."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import xlsxwriter

from kupasi.acts import Act
from kupasi.audit.services import record

from .statistics import AXES, Statistic

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def safe(text: str) -> str:
    """A word that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(DANGEROUS) else text


def lines(table: Statistic) -> list[list[Any]]:
    """Head, rows and sum; figures as numbers, everything else as words."""
    rows = [[row.label, *table.cells(row)] for row in table.rows]
    if table.sum is not None:
        rows.append([table.sum.label, *table.cells(table.sum)])
    return [table.heads, *rows]


def as_csv(table: Statistic) -> bytes:
    """UTF-8 with its mark, so that a spreadsheet reads the hanzi."""
    out = io.StringIO()
    writer = csv.writer(out)
    for line in lines(table):
        writer.writerow([safe(cell) if isinstance(cell, str) else f"{cell}" for cell in line])
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(table: Statistic) -> bytes:
    """One sheet; figures are numbers, words are written as words."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, OPTIONS) as book:
        sheet = book.add_worksheet(f"{table.kind.title} {AXES[table.axis]}"[:31])
        head, money = book.add_format({"bold": True}), book.add_format({"num_format": "0.00"})
        sheet.set_column(0, 0, 32)
        sheet.set_column(1, len(table.heads), 14)
        for at, line in enumerate(lines(table)):
            for column, cell in enumerate(line):
                if isinstance(cell, str):
                    sheet.write_string(at, column, safe(cell), head if at == 0 else None)
                else:
                    sheet.write_number(at, column, cell, money if isinstance(cell, Decimal) else None)
    return out.getvalue()


FORMS = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "xlsx": (as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def export(table: Statistic, form: str, *, by: Act) -> tuple[bytes, str]:
    """The file and its kind; that it was taken is recorded."""
    write, kind = FORMS[form]
    after = {"table": table.kind.code, "axis": table.axis, "year": table.year, "form": form, "rows": len(table.rows)}
    record(by, "statistics.exported", by.person, after=after)
    return write(table), kind
