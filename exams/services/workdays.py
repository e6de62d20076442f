"""Entering a year's arrangement of rest and working days (rules C5)."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from exams.enums import DayKind
from exams.models import SpecialDay, WorkdayYear
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.dates import FIRST_YEAR, LAST_YEAR
from kupasi.errors import Refusal, raise_first
from kupasi.refusals import RefusalFact

CLAUSE = "国务院办公厅当年节假日安排"
MOST_BYTES = 64 * 1024
MOST_DAYS = 200
NAME_LENGTH = 20
KINDS = {"休": DayKind.OFF, "班": DayKind.WORK}
HEADER = {"日期", "date"}


@dataclass(frozen=True, slots=True)
class DayRow:
    """One day of the arrangement."""

    day: date
    kind: DayKind
    name: str = ""


@transaction.atomic
def enter_year(year: int, *, document_no: str, days: Sequence[DayRow], by: Act) -> WorkdayYear:
    """Enter or replace a year's arrangement; whatever is counted from it follows at the next sweep (C5).

    Entering the same again changes nothing. Refuses with `year_range`, `document_no_missing`, `no_days`,
    `wrong_year`, `repeated_day`, `not_a_weekend` (a 班 that is a weekday).
    """
    raise_first(_problems(year, document_no, days))
    before = WorkdayYear.objects.select_for_update().filter(year=year).first()
    wanted = sorted((one.day, one.kind.value, one.name) for one in days)
    stored = sorted(SpecialDay.objects.filter(year=year).values_list("day", "kind", "name"))
    if before is not None and stored == wanted and before.document_no == document_no.strip():
        return before
    row, _ = WorkdayYear.objects.update_or_create(year=year, defaults={"document_no": document_no.strip()})
    SpecialDay.objects.filter(year=row).delete()
    SpecialDay.objects.bulk_create(SpecialDay(year=row, day=one.day, kind=one.kind, name=one.name) for one in days)
    record(by, "workdays.entered", row, before=_words(stored), after={**_words(wanted), "document_no": row.document_no})
    return row


def read_csv(content: bytes) -> list[DayRow]:
    """Days from a file of lines 日期,休/班,名称 in UTF-8 or GB18030; all errors at once, named by line.

    Codes: file_too_large, bad_encoding, bad_date, bad_kind, too_many_days.
    """
    if len(content) > MOST_BYTES:
        raise Refusal("file_too_large", "文件过大：一年的安排只需要几十行。", CLAUSE)
    rows: list[DayRow] = []
    errors: list[RefusalFact] = []
    for number, line in enumerate(csv.reader(io.StringIO(_decode(content))), start=1):
        cells = [cell.strip() for cell in line]
        if not any(cells) or (number == 1 and cells[0].lower() in HEADER):
            continue
        _read_line(number, cells, rows, errors)
    if len(rows) > MOST_DAYS:
        errors.append(RefusalFact("too_many_days", f"一年最多 {MOST_DAYS} 行，请核对文件。", CLAUSE))
    raise_first(errors)
    return rows


def _read_line(number: int, cells: list[str], rows: list[DayRow], errors: list[RefusalFact]) -> None:
    try:
        day = date.fromisoformat(cells[0].replace("/", "-"))
    except ValueError:
        errors.append(RefusalFact("bad_date", f"第 {number} 行日期有误，请写成 2027-01-01 的样子。", CLAUSE))
        return
    kind = KINDS.get(cells[1] if len(cells) > 1 else "")
    if kind is None:
        errors.append(RefusalFact("bad_kind", f"第 {number} 行第二列请写“休”或“班”。", CLAUSE))
        return
    rows.append(DayRow(day, kind, (cells[2] if len(cells) > 2 else "")[:NAME_LENGTH]))


def _decode(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Refusal("bad_encoding", "读不出文件里的文字，请存为 UTF-8 编码的 CSV。", CLAUSE)


def _problems(year: int, document_no: str, days: Sequence[DayRow]) -> list[RefusalFact]:
    found = []
    if not FIRST_YEAR <= year <= LAST_YEAR:
        found.append(RefusalFact("year_range", f"年份应在 {FIRST_YEAR} 至 {LAST_YEAR} 之间。", CLAUSE))
    if not document_no.strip():
        found.append(RefusalFact("document_no_missing", "请填写安排的文号。", CLAUSE))
    if not days:
        found.append(RefusalFact("no_days", "没有读到任何一天，请核对内容。", CLAUSE))
    if any(one.day.year != year for one in days):
        found.append(RefusalFact("wrong_year", f"有日期不在 {year} 年内，请核对。", CLAUSE))
    if len({one.day for one in days}) < len(days):
        found.append(RefusalFact("repeated_day", "有日期出现了两次，请核对。", CLAUSE))
    weekdays = [one.day for one in days if one.kind is DayKind.WORK and one.day.weekday() < 5]
    if weekdays:
        found.append(RefusalFact("not_a_weekend", f"{weekdays[0]} 本来就是工作日，不需要写“班”。", CLAUSE))
    return found


def _words(days: Sequence[tuple[date, str, str]]) -> dict[str, int]:
    return {"off": sum(kind == DayKind.OFF for _, kind, _ in days), "work": sum(k == DayKind.WORK for _, k, _ in days)}
