"""Which line of the permission matrix guards which address: read from `urls.tsv`, judged against the matrix alone.

`who` is `public` (everybody), `anyone` (whoever is signed in), `staff`, `nobody`, or lines of the matrix, each with the
letters that open this address (`app.review:V`; any letter where none is named; `:*` opens all
of it to any letter). `-` depends on more than the role:
only that nothing breaks and nobody else's is told is asked. `+candidate` opens one's own.
An address of the office (`admin/`) opens to staff alone, whatever the line says.
`args` are the address's parts; `{kind}` is replaced by an own, another's and no object. What is open to an institution
(T) opens for its own people and rosters alone.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from django.urls import URLPattern, URLResolver, get_resolver

from kupasi.people.roles import ROLES, STAFF, matrix

FILE = Path(__file__).parent / "urls.tsv"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
EVERYTHING, ASSIGNED, OWN = frozenset("YLmVA"), frozenset("R"), frozenset("O")
INSTITUTION = ("institution_clerk", "institution_approver")


class Reach(StrEnum):
    """How far a role gets: nowhere, its own or assigned objects, every object."""

    UNJUDGED = "unjudged"
    NOWHERE = "nowhere"
    OWN = "own"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Line:
    """One address with one method."""

    url: str
    method: str
    who: str
    args: str

    def reach(self, role: str) -> Reach:
        """How far the matrix lets a role go here."""
        if self.who == "-":
            return Reach.UNJUDGED
        if self.who == "public" or self.who == "anyone":
            return Reach.ALL
        if addresses()[self.url].startswith("admin/") and role not in STAFF:
            return Reach.NOWHERE
        if self.who in ("staff", "nobody"):
            return Reach.ALL if self.who == "staff" and role in STAFF else Reach.NOWHERE
        return max((reach_of(one, role) for one in self.who.split()), key=list(Reach).index)


def reach_of(word: str, role: str) -> Reach:
    """What one line of the matrix gives a role; an institution gets its own with every letter that stands beside T."""
    if word.startswith("+"):
        return Reach.OWN if role == word[1:] else Reach.NOWHERE
    action, _, letters = word.partition(":")
    if letters == "*":
        return Reach.NOWHERE if matrix()[action][role] == "-" else Reach.ALL
    cell = set(matrix()[action][role]) & set(letters or "OTRYLmVA")
    if role in INSTITUTION:
        return Reach.OWN if cell & (frozenset("TO") if not letters else cell) else Reach.NOWHERE
    if cell & EVERYTHING and role != "candidate":
        return Reach.ALL
    if cell & (ASSIGNED | OWN | (EVERYTHING if role == "candidate" else frozenset())):
        return Reach.OWN
    return Reach.NOWHERE


@cache
def lines() -> tuple[Line, ...]:
    """The table."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(Line(**row) for row in csv.DictReader(file, delimiter="\t"))


@cache
def addresses() -> dict[str, str]:
    """Every address of the URLconf: its name (its route where it has none) → its route."""
    return dict(_walk(get_resolver().url_patterns, (), ""))


def _walk(patterns: list[URLPattern | URLResolver], spaces: tuple[str, ...], stem: str) -> Iterator[tuple[str, str]]:
    for one in patterns:
        route = stem + str(one.pattern)
        if isinstance(one, URLPattern):
            yield (":".join((*spaces, one.name)) if one.name else route), route
        else:
            yield from _walk(one.url_patterns, (*spaces, one.namespace) if one.namespace else spaces, route)


def roles() -> list[str]:
    """Every role of the matrix."""
    return list(ROLES)
