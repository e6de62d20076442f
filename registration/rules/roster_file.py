"""What only the whole file can tell: the same person twice, one number with two names, a phone for too many.

Rows are added in the order of the file. `add` answers for the row at hand, `earlier` for the rows that were handed
out before their double was met, so that a caller may store chunks as they come and mark the few earlier rows last.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from registration.rules.roster_sentences import finding
from registration.rules.roster_types import Finding, RowAnswer, RowValues
from registration.sheets.enums import Column, Level

MOST_LINES = 5  # named in one finding


class MetRow(NamedTuple):
    """What the ledger needs of a row; `person` is a hash of who is meant, None where nobody can be."""

    person: int | None
    name: str
    born: str
    phone: str
    occupation: str
    row_id: str

    @classmethod
    def of(cls, values: RowValues, *, person: int | None, row_id: str) -> MetRow:
        """From a row's values."""
        return cls(person, values.name, str(values.birth_date or ""), values.phone, values.occupation, row_id)


@dataclass(slots=True)
class Ledger:
    """What has been met so far, by 64-bit keyed hashes: 100,000 rows take about 40 MB.

    Both rows of a double are errors: which of them is right, only the institution knows.
    """

    most_per_phone: int = 5
    _applied: dict[int, int] = field(default_factory=dict)
    _persons: dict[int, tuple[int, int]] = field(default_factory=dict)
    _phones: dict[int, tuple[int, int]] = field(default_factory=dict)  # its first user alone: most have no second
    _crowds: dict[int, dict[int, int]] = field(default_factory=dict)
    _row_ids: dict[str, int] = field(default_factory=dict)
    _earlier: dict[int, list[Finding]] = field(default_factory=dict)

    def add(self, line: int, answer: RowAnswer) -> tuple[Finding, ...]:
        """What this row shares with earlier ones.

        Codes: duplicate_row, duplicate_conflict, phone_shared (errors); row_id_repeated (a note: the row is new).
        """
        who = answer.identity
        return self.meet(line, MetRow.of(answer.values, person=hash(who) if who else None, row_id=answer.row_id))

    def meet(self, line: int, row: MetRow) -> tuple[Finding, ...]:
        """The same for a row of which only this much is at hand."""
        found: list[Finding] = []
        person, name = row.person, row.name
        if person is not None:
            if row.occupation:
                first = self._applied.setdefault(hash((person, row.occupation)), line)
                if first != line:
                    self._both(line, first, "duplicate_row", found)
            if name:
                stated = hash((name.casefold(), row.born))
                first, known = self._persons.setdefault(person, (line, stated))
                if known != stated and first != line:
                    self._both(line, first, "duplicate_conflict", found)
            if row.phone:
                self._phone(line, person, row.phone, found)
        if row.row_id and self._row_ids.setdefault(row.row_id, line) != line:
            note = finding(Column.ROW_ID, "row_id_repeated", level=Level.NOTE)
            found.append(replace(note, lines=(self._row_ids[row.row_id],)))
        return tuple(found)

    def earlier(self) -> dict[int, tuple[Finding, ...]]:
        """Findings of rows that were added before what they share was met, by line."""
        return {line: tuple(found) for line, found in self._earlier.items()}

    def _both(self, line: int, first: int, code: str, found: list[Finding]) -> None:
        one = finding(Column.NUMBER, code)
        found.append(replace(one, lines=(first,)))
        known = self._earlier.setdefault(first, [])
        for at, other in enumerate(known):
            if other.code == code:
                known[at] = replace(other, lines=(*other.lines, line)[:MOST_LINES])
                return
        known.append(replace(one, lines=(line,)))

    def _phone(self, line: int, person: int, phone: str, found: list[Finding]) -> None:
        key = hash(phone)
        owner, line_of_owner = self._phones.setdefault(key, (person, line))
        if owner == person and key not in self._crowds:
            return
        users = self._crowds.setdefault(key, {owner: line_of_owner})
        first = users.setdefault(person, line)
        if len(users) <= self.most_per_phone:
            return
        one = finding(Column.PHONE, "phone_shared")
        found.append(one)
        if len(users) == self.most_per_phone + 1 and first == line:
            for other in users.values():
                if other != line:
                    self._earlier.setdefault(other, []).append(one)
