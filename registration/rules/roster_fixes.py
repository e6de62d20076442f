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
    stated = f"{birth_date:%Y%m%d}"
    fits = (fix for fix in (*_digits(number), *_exchanges(number)) if fix.applied_to(number)[6:14] == stated)
    return tuple(
        fix for fix in fits if judge_document(kind, fix.applied_to(number), on=on, birth_date=birth_date, sex=sex).valid
    )


def _digits(number: str) -> Iterator[NumberFix]:
    """At every place the one character that satisfies the check, if it is not there already (MOD 11-2)."""
    missing = _missing(number)
    for place, weight in enumerate(WEIGHTS, start=1):
        wanted = (int(number[place - 1]) + missing * pow(weight, -1, MODULUS)) % MODULUS
        if wanted < 10 and str(wanted) != number[place - 1]:
            yield NumberFix(place, str(wanted))
    if check_character(number[:17]) != number[17]:
        yield NumberFix(18, check_character(number[:17]))


def _exchanges(number: str) -> Iterator[NumberFix]:
    """Neighbours that satisfy the check when they change places."""
    missing = _missing(number)
    for place in range(1, 17):
        left, right = int(number[place - 1]), int(number[place])
        gained = (right - left) * (WEIGHTS[place - 1] - WEIGHTS[place])
        if left != right and gained % MODULUS == missing % MODULUS:
            yield NumberFix(place)
    swapped = number[:16] + number[17] + number[16]
    if number[17] not in ("X", number[16]) and check_character(swapped[:17]) == swapped[17]:
        yield NumberFix(17)


def _missing(number: str) -> int:
    """What the weighted digits lack for the check character that stands there (modulo 11)."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], WEIGHTS, strict=True))
    return CHECKS.index(number[17]) - total
