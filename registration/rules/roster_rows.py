"""One row of a roster: every cell judged at once, values in the form to store (通知 二(二); rules 3, E1, P4).

Pure: the row's cells, the day and the words go in; values, what was typed, and findings come out. What needs the
database (open applications, bars, certificates, retakes) is judged elsewhere with the answer's `identity`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from exams.enums import EntryKind
from kupasi.people.rules import judge_name, judge_phone
from registration.rules.roster_cells import (
    FORMULA_SHOWN,
    LONGEST_TYPED,
    free_text,
    has_controls,
    is_date,
    is_lost,
    is_number,
    is_scientific,
    look_alike,
    plain_words,
    typed_text,
    without_mark,
)
from registration.rules.roster_person import judge_person
from registration.rules.roster_sentences import finding, from_refusal
from registration.rules.roster_types import Finding, OccupationWords, RowAnswer, RowRules, RowValues, Vocabulary
from registration.rules.roster_words import (
    education_named,
    exam_kind_named,
    nearest_occupation,
    occupation_named,
    subjects_named,
)
from registration.sheets.cells import Cell, Formula
from registration.sheets.enums import Column, Level

LONGEST = {Column.EMPLOYER: 100, Column.CLASS_NAME: 50, Column.NOTE: 200, Column.ROW_ID: 40}
BLANK = dict.fromkeys(Column, "")
LISTED = (Column.EDUCATION, Column.OCCUPATION, Column.EXAM_KIND, Column.SUBJECTS)
SHARED = (*LISTED, Column.EMPLOYER, Column.CLASS_NAME)
SHARED_OF = itemgetter(*SHARED)
TEXT_OR_NONE = frozenset({str, type(None)})
SHORT = 300  # characters in all: what is kept for the next row stays small


class Shared(NamedTuple):
    """What the columns come to that say the same in row after row."""

    occupation: str
    exam_kind: str
    subjects: tuple[str, ...]
    education: str
    employer: str
    class_name: str
    findings: tuple[Finding, ...]


def judge_row(cells: Mapping[Column, Cell], *, rules: RowRules, misfit: int = 0) -> RowAnswer:
    """The row's values in the form to store, with every finding of every cell.

    `misfit` is that of the sheet's row: other than 0 gives `ragged_row`, since its cells may stand under wrong
    headers. Codes: see `roster_sentences.SENTENCES`, `judge_document`, `judge_name`, `judge_phone`.
    """
    shown = {column: cell[:LONGEST_TYPED] if type(cell) is str else typed_text(cell) for column, cell in cells.items()}
    typed = BLANK | (_translated(shown, rules) if rules.code_values else shown)
    lost = [column for column, text in shown.items() if text[:1] == "#" and is_lost(text)]
    if lost:
        cells, typed = {**cells, **dict.fromkeys(lost, Formula())}, {**typed, **dict.fromkeys(lost, "")}
    found: list[Finding] = [finding(Column.NAME, "ragged_row")] if misfit else []
    name = _name(cells.get(Column.NAME), typed[Column.NAME], found)
    person = judge_person(cells, typed, rules=rules)
    found += person.findings
    phone = _phone(cells.get(Column.PHONE), typed[Column.PHONE], found)
    shared = _shared(cells, typed, rules)
    found += shared.findings
    values = RowValues(
        name=name,
        document_kind=person.kind or "",
        number=person.number,
        sex=person.sex or "",
        birth_date=person.birth_date,
        education=shared.education,
        phone=phone,
        employer=shared.employer,
        class_name=shared.class_name,
        occupation=shared.occupation,
        exam_kind=shared.exam_kind,
        subjects=shared.subjects,
        note=_free(Column.NOTE, cells, typed, found),
    )
    if lost:
        found = [_of_lost(one, shown.get(one.column, "")) for one in found]
    row_id = free_text(typed[Column.ROW_ID])[: LONGEST[Column.ROW_ID]]
    shown.pop(Column.ROW_ID, None)
    return RowAnswer(values, shown, tuple(found), person.identity, row_id)


def _shared(cells: Mapping[Column, Cell], typed: Mapping[Column, str], rules: RowRules) -> Shared:
    """The columns that say the same in row after row: as long as they hold text, judged once for all such rows."""
    texts = SHARED_OF(typed)
    if TEXT_OR_NONE.issuperset(map(type, map(cells.get, SHARED))) and sum(map(len, texts)) <= SHORT:
        return _of_texts(rules.vocabulary, texts)
    return _of_cells(cells, typed, rules.vocabulary)


@lru_cache(maxsize=4096)
def _of_texts(vocabulary: Vocabulary, texts: tuple[str, ...]) -> Shared:
    typed = dict(zip(SHARED, texts, strict=True))
    return _of_cells(typed, typed, vocabulary)


def _of_cells(cells: Mapping[Column, Cell], typed: Mapping[Column, str], vocabulary: Vocabulary) -> Shared:
    found: list[Finding] = []
    occupation, exam_kind, subjects = _exam(cells, typed, vocabulary, found)
    education = _education(cells.get(Column.EDUCATION), typed[Column.EDUCATION], found)
    employer = _free(Column.EMPLOYER, cells, typed, found)
    class_name = _free(Column.CLASS_NAME, cells, typed, found)
    return Shared(occupation, exam_kind, subjects, education, employer, class_name, tuple(found))


def _translated(shown: Mapping[Column, str], rules: RowRules) -> dict[Column, str]:
    """What another system's codes mean, by the header preset; other text is left as it is."""
    codes = rules.code_values
    return {
        column: codes[column].get(plain_words(text), text) if column in codes else text
        for column, text in shown.items()
    }


def _of_lost(one: Finding, shown: str) -> Finding:
    """A cell that holds an error is said to hold one, though it is judged as a formula is: nothing is left of it."""
    is_error = one.code == "formula_not_accepted" and shown != FORMULA_SHOWN and is_lost(shown)
    return finding(one.column, "cell_error") if is_error else one


def _name(cell: Cell, text: str, found: list[Finding]) -> str:
    if isinstance(cell, Formula):
        found.append(finding(Column.NAME, "formula_not_accepted"))
        return ""
    if not text.strip():
        found.append(finding(Column.NAME, "required"))
        return ""
    if isinstance(cell, bool):
        found.append(finding(Column.NAME, "changed_by_excel"))
        return ""
    answer = judge_name(text)
    found += [from_refusal(Column.NAME, fact) for fact in answer.errors]
    if not answer.valid:
        return ""
    note = look_alike(Column.NAME, text, answer.normalized)
    found += [note] if note else []
    return answer.normalized


def _phone(cell: Cell, text: str, found: list[Finding]) -> str:
    """Eleven digits; a whole number of eleven digits is what was typed, since none begins with 0 or ends in loss."""
    if isinstance(cell, Formula) or not text.strip():
        found.append(finding(Column.PHONE, "formula_not_accepted" if isinstance(cell, Formula) else "required"))
        return ""
    if is_date(cell) or isinstance(cell, bool) or is_scientific(text.strip()):
        found.append(finding(Column.PHONE, "number_damaged"))
        return ""
    answer = judge_phone(without_mark(text))
    found += [from_refusal(Column.PHONE, fact) for fact in answer.errors]
    if not answer.valid:
        return ""
    if is_number(cell):
        found.append(finding(Column.PHONE, "number_as_text", level=Level.NOTE))
    elif text != answer.normalized:  # also a country prefix or hyphens: nothing is put right in silence
        note = look_alike(Column.PHONE, text, answer.normalized)
        found += [note] if note else []
    return answer.normalized


def _exam(
    cells: Mapping[Column, Cell], typed: Mapping[Column, str], vocabulary: Vocabulary, found: list[Finding]
) -> tuple[str, str, tuple[str, ...]]:
    """Occupation, kind and subjects; an empty kind is 新考 for all subjects and 补考 for some of them."""
    for column in LISTED[1:]:
        if isinstance(cells.get(column), Formula):
            found.append(finding(column, "formula_not_accepted"))
    occupation = _occupation(cells.get(Column.OCCUPATION), typed[Column.OCCUPATION], vocabulary, found)
    given = typed[Column.EXAM_KIND]
    kind = exam_kind_named(given)
    if kind is None and given.strip():
        found.append(finding(Column.EXAM_KIND, "unknown_exam_kind"))
    if occupation is None:
        return "", kind or "", ()
    kind, subjects = _subjects(occupation, typed[Column.SUBJECTS], kind, found)
    return occupation.code, kind, subjects


def _occupation(cell: Cell, text: str, vocabulary: Vocabulary, found: list[Finding]) -> OccupationWords | None:
    if not text.strip():
        if not isinstance(cell, Formula):
            found.append(finding(Column.OCCUPATION, "required"))
        return None
    occupation = occupation_named(vocabulary, text)
    if occupation is None:
        near = nearest_occupation(vocabulary, text)
        one = finding(Column.OCCUPATION, "unknown_occupation")
        fix = f"是否指“{near}”？请从下拉列表中选择。" if near else one.fix
        found.append(Finding(one.column, one.code, one.message, fix, one.clause))
    return occupation


def _subjects(
    occupation: OccupationWords, text: str, kind: EntryKind | None, found: list[Finding]
) -> tuple[EntryKind, tuple[str, ...]]:
    everything = tuple(subject.code for subject in occupation.subjects)
    if not text.strip():
        if kind is not EntryKind.RETAKE:
            return EntryKind.FULL, everything
        found.append(finding(Column.SUBJECTS, "required"))
        return kind, ()
    answer = subjects_named(occupation, text)
    if answer.code:
        found.append(finding(Column.SUBJECTS, answer.code))
    elif kind is EntryKind.FULL and answer.subjects != everything:
        found.append(finding(Column.SUBJECTS, "subjects_incomplete"))
    whole = answer.subjects == everything
    return kind or (EntryKind.FULL if whole else EntryKind.RETAKE), answer.subjects


def _education(cell: Cell, text: str, found: list[Finding]) -> str:
    if isinstance(cell, Formula):
        found.append(finding(Column.EDUCATION, "formula_not_accepted"))
        return ""
    known = education_named(text)
    if known is None and text.strip():
        found.append(finding(Column.EDUCATION, "unknown_education"))
    return known or ""


def _free(column: Column, cells: Mapping[Column, Cell], typed: Mapping[Column, str], found: list[Finding]) -> str:
    """Free words on one line: never a formula, a hidden sign, or what a spreadsheet made of a word."""
    cell = cells.get(column)
    if cell is None:
        return ""
    text = typed[column]
    plain, code = _free_words(text)
    if isinstance(cell, Formula):
        code = "formula_not_accepted"
    elif type(cell) is not str and (is_date(cell) or isinstance(cell, bool)):
        code = "changed_by_excel"
    elif not code and len(plain) > LONGEST[column]:
        code = "too_long"
    if code:
        found.append(finding(column, code))
        return ""
    if is_number(cell):
        found.append(finding(column, "number_as_text", level=Level.NOTE))
    elif plain != text.strip():
        note = look_alike(column, text, plain)
        found += [note] if note else []
    return plain


@lru_cache(maxsize=4096)  # notes are the same in row after row, too
def _free_words(text: str) -> tuple[str, str]:
    """Free words as they are stored, and the code of what is wrong with them."""
    plain = free_text(text)
    if plain[:1] in ("=", "@"):
        return plain, "formula_not_accepted"
    if is_scientific(text):
        return plain, "changed_by_excel"
    return plain, "bad_character" if has_controls(plain) else ""
