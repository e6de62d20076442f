"""What the apps hold about a person: each app registers its sections here, and says what must stay and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from kupasi.acts import Act
from kupasi.people.masking import mask_document, mask_phone

if TYPE_CHECKING:
    from .models import Candidate

KEPT_YEARS = 5  # section 10: application files, breach cases
CLAUSE = "个人信息处理说明"
MASKS: dict[str, Callable[[str], str]] = {
    "document": mask_document,
    "phone": mask_phone,
    "address": lambda text: f"{text[:3]}****" if text else "",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known about a person; `mask` names how it is hidden on the page."""

    label: str
    value: str
    mask: str = ""

    @property
    def shown(self) -> str:
        """The value as the page shows it at first."""
        return MASKS[self.mask](self.value) if self.mask else self.value


@dataclass(frozen=True, slots=True)
class Record:
    """Facts that belong together: one application, one letter."""

    title: str
    facts: list[Fact]


@dataclass(frozen=True, slots=True)
class Duty:
    """What must be kept, until which day (None: for ever), and on which ground."""

    what: str
    until: date | None
    clause: str


def no_records(candidate: Candidate) -> list[Record]:
    """Nothing to show."""
    return []


def no_files(candidate: Candidate) -> Iterable[tuple[str, bytes]]:
    """No files."""
    return ()


def no_duties(candidate: Candidate, on: date) -> list[Duty]:
    """Nothing must stay."""
    return []


def no_obstacle(candidate: Candidate) -> str:
    """Nothing is under way."""
    return ""


def nothing_due(on: date) -> Iterable[int]:
    """Nobody."""
    return ()


def nothing_to_clear(candidate: Candidate, by: Act) -> int:
    """Nothing goes."""
    return 0


@dataclass(frozen=True, slots=True)
class Section:
    """What one app holds about a person.

    `records` and `files` are for seeing and copying; `duties` say what must stay on a day; `obstacle` is the sentence
    that puts an erasure off while something is under way; `due` are the persons of whom something is past its time;
    `clear` removes what is past its time on the day of the act, `erase` (after `clear`) what goes at the person's own
    wish; both return how many rows changed.
    """

    code: str
    label: str
    records: Callable[[Candidate], list[Record]] = field(default=no_records)
    files: Callable[[Candidate], Iterable[tuple[str, bytes]]] = field(default=no_files)
    duties: Callable[[Candidate, date], list[Duty]] = field(default=no_duties)
    obstacle: Callable[[Candidate], str] = field(default=no_obstacle)
    due: Callable[[date], Iterable[int]] = field(default=nothing_due)
    clear: Callable[[Candidate, Act], int] = field(default=nothing_to_clear)
    erase: Callable[[Candidate, Act], int] = field(default=nothing_to_clear)


sections: dict[str, Section] = {}
ways: dict[str, Callable[[Candidate], str]] = {}
"""Addresses of the requests for correction (`correct`) and erasure (`erase`), given by the apps above."""


def register(section: Section) -> Section:
    """Make a section known; the same code again replaces it."""
    sections[section.code] = section
    return section


def way(name: str, candidate: Candidate) -> str:
    """The address of a request, or nothing where no app offers it."""
    return ways[name](candidate) if name in ways else ""
