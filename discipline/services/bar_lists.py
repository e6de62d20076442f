"""Lists of bars from the authorities: read whole or not at all, looked at, taken by a second supervisor (rules S5)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from discipline.models import BarLine, BarList, Clause
from discipline.rules.bar_rows import BarRow, RowError, read_cells, read_rows
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.crypto import blind_index
from kupasi.people.models import Candidate
from kupasi.people.rules import document_kind_named, judge_document, normalize_name
from kupasi.people.services.persons import PersonFacts, number_index

from . import recognising
from .bars import register_bar

CLAUSE = "须知 三、四"
MOST_BYTES = 512 * 1024
SOURCE_LENGTH = 120
WORKBOOKS = (b"PK", b"\xd0\xcf\x11\xe0")  # .xlsx and the old .xls, by their beginning

readers: list[Callable[[bytes], list[list[Any]]]] = []
"""How a workbook becomes rows: the app above that guards uploads hands its reader down when it starts."""


@dataclass(frozen=True, slots=True)
class Person:
    """A line of a list, judged: who by hash, from when until when."""

    line: int
    number_index: str
    person_index: str
    birth_date: date | None
    number_tail: str
    clause: Clause | None
    barred_from: date
    barred_until: date


@dataclass(frozen=True, slots=True)
class Known:
    """A person of the list who is known here, by the document or only by name and birth date."""

    line: BarLine
    candidate: Candidate
    is_certain: bool


def person_index(name: str, born: date | None) -> str:
    """The keyed hash of a name and birth date; empty where one of them is not known."""
    plain = normalize_name(name) if name else ""
    return blind_index("barred-person", f"{plain}|{born}") if plain and born else ""


def judge(data: bytes, *, on: date) -> tuple[list[Person], list[RowError]]:
    """The persons of a file and everything that is wrong with it, by line and column.

    Refuses with `empty`, `too_big`, `encoding`, and a workbook with the guard's codes.
    """
    read = read_cells(_workbook(data)) if data.startswith(WORKBOOKS) else read_rows(_text(data))
    people, errors, seen = list[Person](), list(read.errors), dict[tuple[str, date, date], int]()
    clauses = {one.code: one for one in Clause.objects.order_by("effective_from")}
    for row in read.rows:
        person, wrong = _judge(row, clauses, on=on)
        errors += wrong
        if person is None:
            continue
        key = (person.number_index, person.barred_from, person.barred_until)
        if key in seen:
            errors.append(RowError(row.line, "证件号码", "repeated", f"与第 {seen[key]} 行重复，请删去一行。"))
        seen.setdefault(key, row.line)
        people.append(person)
    return people, sorted(errors, key=lambda one: one.line)


def _workbook(data: bytes) -> list[list[Any]]:
    _judge_size(data)
    if not readers:
        raise Refusal("no_reader", "这里不能读取表格文件，请另存为 CSV 后上传。", CLAUSE)
    return readers[0](data)


def _judge_size(data: bytes) -> None:
    if not data:
        raise Refusal("empty", "文件是空的，请重新选择。", CLAUSE)
    if len(data) > MOST_BYTES:
        raise Refusal("too_big", "文件超过 512 KB，请分成几份后再上传。", CLAUSE)


def _text(data: bytes) -> str:
    _judge_size(data)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Refusal("encoding", "这不是 CSV 文本，请在表格软件里“另存为 CSV（UTF-8）”后再上传。", CLAUSE)


def _judge(row: BarRow, clauses: dict[str, Clause], *, on: date) -> tuple[Person | None, list[RowError]]:
    kind = document_kind_named(row.kind)
    if kind is None:
        return None, [RowError(row.line, "证件类型", "unknown_kind", "没有这种证件类型，请按模板填写。")]
    document = judge_document(kind, row.number, on=on, birth_date=row.birth_date, sex=None)
    wrong = [RowError(row.line, "证件号码", fact.code, fact.message) for fact in document.errors]
    if row.clause and row.clause not in clauses:
        wrong.append(RowError(row.line, "条款", "unknown_clause", "没有这一条款；不能确定的请留空。"))
    if wrong:
        return None, wrong
    facts = PersonFacts(name=row.name, kind=kind, number=document.normalized, country=row.country.upper())
    born = row.birth_date or document.birth_date
    index, tail = number_index(facts), document.normalized[-4:]
    clause = clauses.get(row.clause)
    named = person_index(row.name, born)
    return Person(row.line, index, named, born, tail, clause, row.barred_from, row.barred_until), []


@transaction.atomic
def keep(data: bytes, *, source: str, by: Act) -> BarList:
    """Keep a list without an error for another supervisor to take; nothing is barred yet. The same again is the same.

    Refuses with `source_missing`, `rows_wrong`, and as `judge` does.
    """
    text = source.strip()[:SOURCE_LENGTH]
    if not text:
        raise Refusal("source_missing", "请写明来文的机关和文号。", CLAUSE)
    people, errors = judge(data, on=by.on)
    if errors:
        raise Refusal("rows_wrong", "名单里有错误，没有保存；请按下面逐条改正后重新上传。", CLAUSE)
    digest = hashlib.sha256(data).hexdigest()
    found, is_new = BarList.objects.get_or_create(
        source=text, received_sha256=digest, defaults={"uploaded_at": by.at, "uploaded_by": by.person}
    )
    if is_new:
        BarLine.objects.bulk_create(
            BarLine(bar_list=found, **{name: getattr(one, name) for name in Person.__slots__}) for one in people
        )
        record(by, "bar_list.kept", found, after={"people": len(people), "sha256": digest}, reason=text)
    return found


def known(found: BarList) -> list[Known]:
    """Who of a list is known here; a name and birth date alone are for a human (E8)."""
    lines = list(found.lines.select_related("clause").order_by("line"))
    by_number = _by_number(lines)
    listed = [Known(line, by_number[line.number_index], True) for line in lines if line.number_index in by_number]
    return listed + list(_by_name([line for line in lines if line.number_index not in by_number]))


def _by_number(lines: list[BarLine]) -> dict[str, Candidate]:
    wanted = [one.number_index for one in lines]
    rows = Candidate.objects.filter(documents__number_index__in=wanted).values_list("documents__number_index", "pk")
    keys = {index: pk for index, pk in rows if index in set(wanted)}
    people = Candidate.objects.in_bulk(set(keys.values()))
    return {index: people[pk] for index, pk in keys.items()}


def _by_name(lines: list[BarLine]) -> Iterator[Known]:
    """Those born on one of the days: the list holds only the hash of the name."""
    wanted = {one.person_index: one for one in lines if one.person_index}
    days = {one.birth_date for one in wanted.values() if one.birth_date}
    for person in Candidate.objects.filter(merged_into=None, birth_date__in=days).only("name", "birth_date"):
        line = wanted.get(person_index(person.name, person.birth_date))
        if line is not None:
            yield Known(line, person, False)


@transaction.atomic
def take(list_id: int, *, by: Act) -> BarList:
    """Register the bars of everybody known by the document; the rest waits by hash, look-alikes wait for a human.

    Taking again changes nothing. Refuses with `same_person`.
    """
    found = BarList.objects.select_for_update().get(pk=list_id)
    if found.taken_at is not None:
        return found
    if found.uploaded_by_id == by.person.pk:
        raise Refusal("same_person", "名单须由另一位主管核准，上传人不能自己登记。", CLAUSE)
    found.taken_at, found.taken_by = by.at, by.person
    found.save(update_fields=["taken_at", "taken_by"])
    for one in known(found):
        if one.is_certain:
            bar_from_line(one.line, one.candidate, by=by)
        else:
            recognising.hold(one.candidate, line=one.line, by=by)
    record(by, "bar_list.taken", found, after={"bars": found.lines.exclude(bar=None).count()})
    return found


def bar_from_line(line: BarLine, candidate: Candidate, *, by: Act) -> None:
    """The bar of a line, for the person who holds its document."""
    line.bar = register_bar(
        by,
        candidate=candidate,
        clause=line.clause,
        barred_from=line.barred_from,
        barred_until=line.barred_until,
        source=line.bar_list.source,
    )
    line.person_index, line.birth_date = "", None  # known from now on by the document
    line.save(update_fields=["bar", "person_index", "birth_date"])
