"""What a roster's row is judged by, and what the judgement is made of (contract 'Roster columns', rules 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from kupasi.people.rules import IdentityKey
from registration.rules.eligibility import MINIMUM_AGE
from registration.sheets.enums import Column, Level


@dataclass(frozen=True, slots=True, eq=False)  # looked up for every row: told apart by identity, without hashing words
class SubjectWords:
    """A subject's code and the names by which a row may mean it."""

    code: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class OccupationWords:
    """An occupation's code, the names by which a row may mean it, and its subjects in order."""

    code: str
    names: tuple[str, ...]
    subjects: tuple[SubjectWords, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """The occupations that are offered, as data (rules P4)."""

    occupations: tuple[OccupationWords, ...]


NO_VALUES: Mapping[Column, Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class RowRules:
    """What rows are judged by: the day, the words, the settings; `code_values` are those of a header preset.

    `code_values` translates what another system writes in a column ("1" in 性别) into our words ("男").
    """

    on: date
    vocabulary: Vocabulary
    minimum_age: int = MINIMUM_AGE
    most_per_phone: int = 5
    code_values: Mapping[Column, Mapping[str, str]] = field(default_factory=lambda: NO_VALUES)


@dataclass(frozen=True, slots=True)
class NumberFix:
    """One change that would make a document number right: a digit put at a place, or two neighbours exchanged.

    `place` counts from 1. `digit` is empty where the character at `place` and the one after it change places.
    """

    place: int
    digit: str = ""

    @property
    def words(self) -> str:
        """第 12 位改为 3; the number itself is not repeated."""
        return f"第 {self.place} 位改为 {self.digit}" if self.digit else f"第 {self.place}、{self.place + 1} 位对调"

    def applied_to(self, number: str) -> str:
        """The number after this change: for a person to choose, never to be applied by itself."""
        at = self.place - 1
        new = self.digit or number[at + 1] + number[at]
        return number[:at] + new + number[at + len(new) :]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about one cell: column, stable code, sentence, what to do, clause. Never personal data.

    `fixes` are changes to the document number to choose from; `lines` are other rows of the file that are meant;
    `years` is the age that was asked for.
    """

    column: Column
    code: str
    message: str
    fix: str = ""
    clause: str = ""
    level: Level = Level.ERROR
    fixes: tuple[NumberFix, ...] = ()
    lines: tuple[int, ...] = ()
    years: int = 0

    def as_dict(self) -> dict[str, Any]:
        """For JSON, empty parts left out; `from_dict` reads it back."""
        whole: dict[str, Any] = {"column": self.column.value, "code": self.code, "message": self.message}
        whole |= {"level": self.level.value, "fix": self.fix, "clause": self.clause}
        whole |= {"fixes": [[one.place, one.digit] for one in self.fixes], "lines": list(self.lines)}
        whole["years"] = self.years
        return {name: value for name, value in whole.items() if value}

    @classmethod
    def from_dict(cls, whole: Mapping[str, Any]) -> Finding:
        """What `as_dict` wrote."""
        return cls(
            column=Column(whole["column"]),
            code=whole["code"],
            message=whole["message"],
            fix=whole.get("fix", ""),
            clause=whole.get("clause", ""),
            level=Level(whole.get("level", Level.ERROR)),
            fixes=tuple(NumberFix(place, digit) for place, digit in whole.get("fixes", ())),
            lines=tuple(whole.get("lines", ())),
            years=whole.get("years", 0),
        )


@dataclass(frozen=True, slots=True)
class RowValues:
    """A row's values in the form to store; what could not be understood is empty.

    `exam_kind` is `full` or `retake`; `subjects` are codes in the occupation's order.
    """

    name: str = ""
    document_kind: str = ""
    number: str = ""
    sex: str = ""
    birth_date: date | None = None
    education: str = ""
    phone: str = ""
    employer: str = ""
    class_name: str = ""
    occupation: str = ""
    exam_kind: str = ""
    subjects: tuple[str, ...] = ()
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON: the date as YYYY-MM-DD (empty if unknown), subjects as a list; `from_dict` reads it back."""
        whole: dict[str, Any] = dict(zip(VALUE_NAMES, VALUES_OF(self), strict=True))
        whole["birth_date"] = self.birth_date.isoformat() if self.birth_date else ""
        whole["subjects"] = list(self.subjects)
        return whole

    @classmethod
    def from_dict(cls, whole: Mapping[str, Any]) -> RowValues:
        """What `as_dict` wrote."""
        known = {name: whole[name] for name in cls.__slots__ if name in whole}
        born = known.get("birth_date")
        known["birth_date"] = date.fromisoformat(born) if born else None
        known["subjects"] = tuple(known.get("subjects", ()))
        return cls(**known)


VALUE_NAMES = tuple(RowValues.__slots__)
VALUES_OF = attrgetter(*VALUE_NAMES)


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """The judgement on one row: values to store, what was typed (by column), findings, and who is meant.

    `identity` is the key of E8, None while the document is not right. `row_id` is the hidden id of our workbook.
    """

    values: RowValues
    typed: Mapping[Column, str]
    findings: tuple[Finding, ...] = ()
    identity: IdentityKey | None = None
    row_id: str = ""

    @property
    def valid(self) -> bool:
        """Whether nothing keeps the row from being taken."""
        return not any(one.level is Level.ERROR for one in self.findings)
