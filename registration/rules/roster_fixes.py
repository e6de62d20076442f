"""A document number with a wrong check character: the one-slip changes that would make it right, to choose from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from kupasi.people.enums import DocumentKind, Sex
from kupasi.people.rules import judge_document
from kupasi.people.rules.documents import AREAS, CHECKS, EIGHTEEN, WEIGHTS, check_character
from registration.rules.roster_types import NumberFix

MODULUS = 11


def number_fixes(
    kind: DocumentKind, number: str, *, on: date, birth_date: date | None, sex: Sex | None = None
) -> tuple[NumberFix, ...]:
    """Single digits and exchanges of two neighbours that make the number right and agree with birth date and sex.

    Nothing without a stated birth date: too many people would fit. Places count from 1. Never applied by itself.
    """
    if birth_date is None or kind not in AREAS or not EIGHTEEN.fullmatch(number):
        return ()
    return tuple(
        fix
        for fix in (*_digits(number), *_exchanges(number))
        if judge_document(kind, fix.applied_to(number), on=on, birth_date=birth_date, sex=sex).valid
    )


def _digits(number: str) -> Iterator[NumberFix]:
    """At every place the one character that satisfies the check, if it is not there already (MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], WEIGHTS, strict=True))
    missing = CHECKS.index(number[17]) - total
    for place, weight in enumerate(WEIGHTS, start=1):
        wanted = (int(number[place - 1]) + missing * pow(weight, -1, MODULUS)) % MODULUS
        if wanted < 10 and str(wanted) != number[place - 1]:
            yield NumberFix(place, str(wanted))
    if check_character(number[:17]) != number[17]:
        yield NumberFix(18, check_character(number[:17]))


def _exchanges(number: str) -> Iterator[NumberFix]:
    for place in range(1, 18):
        if number[place - 1] != number[place] and (place < 17 or number[17] != "X"):
            yield NumberFix(place)
