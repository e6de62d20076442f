"""Judging a file chunk by chunk: cells by the rules, people by the register, rows beside the roster as it stands."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from exams.enums import EntryKind
from kupasi.people.crypto import blind_index
from registration.enums import RowChange
from registration.models import RosterRow, RosterUpload
from registration.rules.roster_file import Ledger, MetRow
from registration.rules.roster_people import ALREADY, NEUTRAL, judge_known
from registration.rules.roster_rows import judge_row
from registration.rules.roster_types import Finding, RowAnswer, RowValues
from registration.sheets.cells import SheetRow
from registration.sheets.enums import Column, Level

from .carrying import Carried
from .contents import sealed_text
from .earlier import Before, Earlier
from .known import Register, look_up
from .lines import Line, as_json, fingerprint, plain_rows, row_id, sealed, subjects_json
from .terms import Basis

REPEATED = "row_id_repeated"
CHANGES = {one.value: one for one in RowChange}


@dataclass(slots=True)
class Roll:
    """The roster as it stands: what a row of a new file is compared with; each of its rows is met once."""

    by_key: dict[str, tuple[int, str]] = field(default_factory=dict)
    by_person: dict[tuple[str, int | None], tuple[int, str]] = field(default_factory=dict)
    by_number: dict[str, tuple[int, str]] = field(default_factory=dict)
    met: set[int] = field(default_factory=set)

    def compare(self, key: str, person: tuple[str, int | None], print_: str) -> tuple[RowChange, int | None]:
        """What a row is beside the roster, and the row that it would replace: the same row of our workbook, the same
        person in the same occupation, or else the same person in another one."""
        if not self.by_number:  # nobody stands on it yet
            return RowChange.NEW, None
        row = self._free(self.by_key.get(key)) or self._free(self.by_person.get(person))
        row = row or self._free(self.by_number.get(person[0]))
        if row is None:
            return RowChange.NEW, None
        self.met.add(row[0])
        return (RowChange.UNCHANGED if row[1] == print_ else RowChange.CHANGED), row[0]

    def _free(self, row: tuple[int, str] | None) -> tuple[int, str] | None:
        return row if row is not None and row[0] not in self.met else None


class Met(NamedTuple):
    """A row of the chunk at hand: judged, or found as it stood in the last file."""

    row: SheetRow
    print_: str
    number_index: str
    phone_index: str
    row_id: str
    answer: RowAnswer | None
    before: Before | None


@dataclass(slots=True)
class Outcome:
    """What a chunk comes to."""

    lines: list[Line] = field(default_factory=list)
    carried: list[Carried] = field(default_factory=list)
    valid: int = 0
    changes: dict[RowChange, int] = field(default_factory=dict)

    def count(self, change: RowChange, *, is_valid: bool) -> None:
        """One row more."""
        self.valid += is_valid
        self.changes[change] = self.changes.get(change, 0) + 1


@dataclass(slots=True)
class Judge:
    """Judges one file from its first row to its last; keeps what repeats and what was met."""

    upload: RosterUpload
    basis: Basis
    roll: Roll
    earlier: Earlier
    ledger: Ledger = field(init=False)
    codes: dict[int, str] = field(init=False)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.basis.rules.most_per_phone)
        self.codes = {pk: code for code, pk in self.basis.occupations.items()}

    def chunk(self, rows: Sequence[SheetRow]) -> Outcome:
        """Judge rows in the order of the file; the number of queries does not depend on how many they are."""
        prints = [fingerprint(row) for row in rows]
        before = self.earlier.of(prints)
        met = [self._meet(row, print_, before.get(print_)) for row, print_ in zip(rows, prints, strict=True)]
        register = self._look_up({one.number_index for one in met if one.number_index})
        outcome = Outcome()
        nobody = register.is_empty
        for one in met:
            noted = self.ledger.meet(one.row.line, self._masked(one))
            if one.before is not None and not noted and (nobody or not _is_listed(register, one.before)):
                self._carry(one, one.before, outcome)
            else:
                line = self._line(one, noted, register)
                outcome.count(CHANGES[line.change], is_valid=line.is_valid)
                outcome.lines.append(line)
        return outcome

    def _meet(self, row: SheetRow, print_: str, before: Before | None) -> Met:
        if before is not None:
            return Met(row, print_, before.number_index, before.phone_index, row_id(row), None, before)
        answer = judge_row(row.cells, rules=self.basis.rules, misfit=row.misfit)
        number = blind_index(*answer.identity) if answer.identity else ""
        phone = blind_index("phone", answer.values.phone) if answer.values.phone else ""
        return Met(row, print_, number, phone, row_id(row), answer, None)

    def _look_up(self, numbers: Collection[str]) -> Register:
        return look_up(numbers, roster=self.upload.roster, occupations=self.basis.occupations, on=self.basis.rules.on)

    def _masked(self, one: Met) -> MetRow:
        """What the ledger needs, by hashes: rows that were judged for an earlier file are not opened for it."""
        person = hash(one.number_index) if one.number_index else None
        before = one.before
        if before is not None:
            code = self.codes.get(before.occupation or 0, "")
            return MetRow(person, before.name, before.born, one.phone_index, code, one.row_id)
        assert one.answer is not None
        values = one.answer.values
        born = str(values.birth_date or "")
        return MetRow(person, values.name, born, one.phone_index, values.occupation, one.row_id)

    def _carry(self, one: Met, before: Before, outcome: Outcome) -> None:
        person = (before.number_index, before.occupation)
        key = one.row_id or before.key
        change, replaces = self.roll.compare(key, person, one.print_)
        outcome.carried.append(Carried(before.pk, one.row.line, key, change, replaces))
        outcome.count(change, is_valid=True)

    def _line(self, one: Met, noted: tuple[Finding, ...], register: Register) -> Line:
        answer = one.answer or judge_row(one.row.cells, rules=self.basis.rules, misfit=one.row.misfit)
        verdict = verdict_on(answer, number_index=one.number_index, noted=noted, register=register, basis=self.basis)
        known = "" if any(each.code == REPEATED for each in noted) else one.row_id
        key = known or f"{self.upload.pk:x}-{one.row.line:x}"
        person = (one.number_index, self.basis.occupations.get(answer.values.occupation))
        change, replaces = self.roll.compare(key, person, one.print_)
        return line_of(
            answer, verdict, upload=self.upload, line=one.row.line, key=key, print_=one.print_,
            indexes=(one.number_index, one.phone_index), basis=self.basis, change=change, replaces=replaces,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that was found about a row: for the institution, and for the office alone."""

    findings: tuple[Finding, ...]
    exceptions: tuple[str, ...]
    is_known: bool

    @property
    def is_valid(self) -> bool:
        """Whether nothing keeps the row from being taken."""
        return not any(one.level is Level.ERROR for one in self.findings)


def verdict_on(
    answer: RowAnswer, *, number_index: str, noted: tuple[Finding, ...], register: Register, basis: Basis
) -> Verdict:
    """What cells, file and register together say of a row."""
    findings, values = [*answer.findings, *noted], answer.values
    person = register.people.get(number_index)
    exceptions: tuple[str, ...] = ()
    is_known = person is not None
    if number_index and values.occupation:
        told = judge_known(person, values, on=basis.rules.on, exam_month=basis.exam_month)
        place = (number_index, basis.occupations[values.occupation])
        findings += told.findings
        exceptions = told.exceptions
        if place in register.on_own_list:
            findings.append(ALREADY)
        if place in register.filed_elsewhere and NEUTRAL not in findings:
            findings.append(NEUTRAL)
        is_known = is_known or place in register.on_own_list or place in register.filed_elsewhere
    findings += _fee_findings(values, basis)
    return Verdict(tuple(findings), exceptions, is_known)


def line_of(
    answer: RowAnswer,
    verdict: Verdict,
    *,
    upload: RosterUpload,
    line: int,
    key: str,
    print_: str,
    indexes: tuple[str, str],
    basis: Basis,
    change: RowChange,
    replaces: int | None,
) -> Line:
    """What is stored of a judged row."""
    values = answer.values
    fee = str(basis.fee(values.occupation, values.subjects).total) if verdict.is_valid else None
    return Line(
        upload.roster_id,
        upload.pk,
        line,
        key,
        values.name,
        values.birth_date.isoformat() if values.birth_date else None,
        indexes[0],
        values.number[-4:],
        indexes[1],
        values.class_name,
        basis.occupations.get(values.occupation),
        values.exam_kind or EntryKind.FULL.value,
        subjects_json(values.subjects),
        fee,
        sealed(sealed_text(answer)),
        print_,
        as_json([one.as_dict() for one in verdict.findings]),
        verdict.is_valid,
        verdict.is_known,
        bool(verdict.exceptions),
        as_json(verdict.exceptions),
        change.value,
        replaces,
    )


def roll_of(roster_id: int) -> Roll:
    """The roster as it stands."""
    roll = Roll()
    rows = RosterRow.objects.current().filter(roster=roster_id)
    for pk, key, number_index, occupation, print_ in plain_rows(
        rows.values_list("pk", "key", "number_index", "occupation", "fingerprint")
    ):
        row = (pk, print_)
        roll.by_person[number_index, occupation] = roll.by_number[number_index] = row
        if key:
            roll.by_key[key] = row
    return roll


def _is_listed(register: Register, before: Before) -> bool:
    place = (before.number_index, before.occupation or 0)
    listed = place in register.on_own_list or place in register.filed_elsewhere
    return listed or before.number_index in register.people


def _fee_findings(values: RowValues, basis: Basis) -> Iterator[Finding]:
    if values.occupation and values.subjects:
        for fact in basis.fee(values.occupation, values.subjects).refusals:
            yield Finding(Column.SUBJECTS, fact.code, fact.message, clause=fact.clause)
