"""The columns that say who somebody is: document, number, birth date, sex; judged together (rules 3, E1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from kupasi.people.enums import DocumentKind, Sex
from kupasi.people.rules import DocumentAnswer, IdentityKey, identity_key, judge_document
from kupasi.people.rules.documents import AREAS, EIGHTEEN
from kupasi.refusals import RefusalFact
from registration.rules.eligibility import judge_age
from registration.rules.roster_cells import (
    LIKE_X,
    is_date,
    is_number,
    is_scientific,
    is_written_out,
    look_alike,
    without_mark,
)
from registration.rules.roster_dates import read_date
from registration.rules.roster_fixes import number_fixes
from registration.rules.roster_sentences import finding, from_refusal
from registration.rules.roster_types import Finding, NumberFix, RowRules
from registration.rules.roster_words import kind_named, sex_named
from registration.sheets.cells import Cell, Formula
from registration.sheets.enums import Column, Level

COLUMNS = {
    "unknown_kind": Column.DOCUMENT_KIND,
    "kind_mismatch": Column.DOCUMENT_KIND,
    "birth_date_mismatch": Column.BIRTH_DATE,
    "sex_mismatch": Column.SEX,
}
DIGITS_KEPT = re.compile("[0-9]{17}[0-9Xx]")  # what nearly every number is: nothing of it is lost
CONTENT_CODES = frozenset({"bad_checksum", "bad_birth_date", "bad_area"})


@dataclass(frozen=True, slots=True)
class PersonAnswer:
    """Who a row means, as far as its cells say; `identity` only where the document itself is right."""

    kind: DocumentKind | None
    number: str
    sex: Sex | None
    birth_date: date | None
    identity: IdentityKey | None
    findings: tuple[Finding, ...]


def judge_person(cells: Mapping[Column, Cell], typed: Mapping[Column, str], *, rules: RowRules) -> PersonAnswer:
    """Document, number, birth date and sex, with every finding.

    Birth date and sex that the row leaves empty are those that the number holds; a document without them needs the
    columns. Codes: those of `judge_document`, too_young, required, number_damaged, number_not_text, bad_date,
    date_damaged, unknown_sex, formula_not_accepted; the note look_alike.
    """
    found: list[Finding] = []
    kind = _kind(typed[Column.DOCUMENT_KIND], cells, found)
    sex = _sex(typed[Column.SEX], cells, found)
    born = _birth_date(cells.get(Column.BIRTH_DATE), typed[Column.BIRTH_DATE], found)
    answer = _document(kind, cells.get(Column.NUMBER), typed[Column.NUMBER], born, sex, rules, found)
    number = answer.normalized if answer else ""
    held_birth, held_sex = (answer.birth_date, answer.sex) if answer else (None, None)
    if kind and answer:
        found += _missing(kind, cells, born or held_birth, sex or held_sex, answer)
    born, sex = born or held_birth, sex or held_sex
    if born and born <= rules.on and judge_age(born, rules.on, age=rules.minimum_age):
        young = finding(Column.BIRTH_DATE, "too_young", age=rules.minimum_age)
        found.append(replace(young, years=rules.minimum_age))
    identity = identity_key(kind, number) if kind and answer and answer.valid else None
    return PersonAnswer(kind, number, sex, born, identity, tuple(found))


def _kind(text: str, cells: Mapping[Column, Cell], found: list[Finding]) -> DocumentKind | None:
    if isinstance(cells.get(Column.DOCUMENT_KIND), Formula):
        found.append(finding(Column.DOCUMENT_KIND, "formula_not_accepted"))
        return None
    if not text.strip():
        found.append(finding(Column.DOCUMENT_KIND, "required"))
        return None
    kind = kind_named(text)
    if kind is None:
        message = "没有这种证件类型；其他证件请到业务受理点咨询。"
        found.append(from_refusal(Column.DOCUMENT_KIND, RefusalFact("unknown_kind", message, "须知 一")))
    return kind


def _sex(text: str, cells: Mapping[Column, Cell], found: list[Finding]) -> Sex | None:
    if isinstance(cells.get(Column.SEX), Formula):
        found.append(finding(Column.SEX, "formula_not_accepted"))
        return None
    sex = sex_named(text)
    if sex is None and text.strip():
        found.append(finding(Column.SEX, "unknown_sex"))
    return sex


def _birth_date(cell: Cell, text: str, found: list[Finding]) -> date | None:
    if isinstance(cell, Formula):
        found.append(finding(Column.BIRTH_DATE, "formula_not_accepted"))
        return None
    answer = read_date(text if isinstance(cell, str) else cell)
    if answer.code and answer.code != "empty":
        found.append(finding(Column.BIRTH_DATE, answer.code))
    elif answer.value and not text.isascii() and "年" not in text:
        note = look_alike(Column.BIRTH_DATE, text, answer.value.isoformat())
        found += [note] if note else []
    return answer.value


def _document(
    kind: DocumentKind | None,
    cell: Cell,
    text: str,
    born: date | None,
    sex: Sex | None,
    rules: RowRules,
    found: list[Finding],
) -> DocumentAnswer | None:
    """The judgement on the number, None where there is nothing left to judge."""
    code = _lost(kind, cell, text)
    if code:
        found.append(finding(Column.NUMBER, code))
    if code or kind is None:
        return None
    answer = judge_document(kind, _with_plain_x(kind, without_mark(text)), on=rules.on, birth_date=born, sex=sex)
    note = look_alike(Column.NUMBER, text, answer.normalized)
    found += [note] if note else []
    found += _refusals(kind, answer, born, sex, rules)
    return answer


def _lost(kind: DocumentKind | None, cell: Cell, text: str) -> str:
    """The code for a number that is not there any more: empty, a formula, or destroyed by the spreadsheet."""
    if type(cell) is str and DIGITS_KEPT.fullmatch(text):
        return ""
    if isinstance(cell, Formula):
        return "formula_not_accepted"
    if is_number(cell):
        return "number_damaged" if kind is None or kind in AREAS else "number_not_text"
    plain = text.strip()
    if is_date(cell) or isinstance(cell, bool) or is_scientific(plain) or is_written_out(plain):
        return "number_damaged"
    if text.lstrip()[:1] == "=":  # ="3101…" keeps zeros in a text file, but is a formula
        return "formula_not_accepted"
    return "" if text.strip() else "required"


def _with_plain_x(kind: DocumentKind, text: str) -> str:
    """Signs that look like the X at the end of an 18-character number, read as X."""
    return text.translate(LIKE_X) if kind in AREAS and not text.isascii() else text


def _refusals(
    kind: DocumentKind, answer: DocumentAnswer, born: date | None, sex: Sex | None, rules: RowRules
) -> Iterator[Finding]:
    """Every refusal at its column; a wrong check character with changes to choose from, or as digits lost."""
    codes = {fact.code for fact in answer.errors}
    if kind in AREAS and answer.normalized.endswith("000"):
        if "bad_checksum" in codes:
            yield finding(Column.NUMBER, "number_damaged")
            return
        yield finding(Column.NUMBER, "number_maybe_damaged", level=Level.WARNING)
    fixes: tuple[NumberFix, ...] = ()
    if codes & CONTENT_CODES and EIGHTEEN.fullmatch(answer.normalized):
        fixes = number_fixes(kind, answer.normalized, on=rules.on, birth_date=born, sex=sex)
    for fact in answer.errors:
        at_birth = fact.code == "bad_birth_date" and fact.message.startswith("出生日期")
        column = Column.BIRTH_DATE if at_birth else COLUMNS.get(fact.code, Column.NUMBER)
        one = from_refusal(column, fact)
        yield replace(one, fixes=fixes) if fact.code in CONTENT_CODES and not at_birth else one


def _missing(
    kind: DocumentKind, cells: Mapping[Column, Cell], born: date | None, sex: Sex | None, answer: DocumentAnswer
) -> Iterator[Finding]:
    """Birth date and sex that neither the row nor its number holds; nothing where the number is wrong anyway."""
    if kind in AREAS and not answer.valid:
        return
    for column, known in ((Column.BIRTH_DATE, born), (Column.SEX, sex)):
        if known is None and cells.get(column) in (None, ""):
            yield finding(column, "required")
