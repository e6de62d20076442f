"""Finding applications by what a person at the desk has: a number, its tail, a name, the tail of a phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet

from kupasi.people.crypto import blind_index
from kupasi.people.rules import judge_phone, normalize_name, normalize_number
from kupasi.people.rules.text import squeeze
from kupasi.prefix import begins
from registration.models import Application, Roster

SHORTEST = 2
TAIL = 4
NUMBER = 12


def find(rows: QuerySet[Application], words: str) -> QuerySet[Application]:
    """The rows that fit; fewer than two characters find nothing. Letters are a name, digits a number or a tail.

    Every way of finding is a question of its own that an index answers; one condition over all of them would make the
    database look at every row.
    """
    plain = squeeze(words)
    if len(plain) < SHORTEST or not plain.isprintable():
        return rows.none()
    ways = list(_by_number(plain) if plain[:-1].isdigit() else _by_name(plain, words))
    return rows.filter(pk__in=ways[0].union(*ways[1:]))


def _by_number(plain: str) -> Iterator[QuerySet[Any, Any]]:
    """By the application's number, the document, or the phone."""
    yield _applications(begins("number", plain))
    yield _of_documents(plain)
    if len(plain) <= TAIL:
        yield _applications(_tail("candidate__phone_tail", plain))
    phone = judge_phone(plain)
    if not phone.errors:
        yield _applications(Q(candidate__phone_index=blind_index("phone", phone.normalized)))


def _by_name(plain: str, words: str) -> Iterator[QuerySet[Any, Any]]:
    """By the person's name of today or the one on the form; by a document that has letters in its number."""
    name = normalize_name(words)
    yield _applications(begins("candidate__name", name))
    yield _applications(begins("name", name))
    if plain.isascii():
        yield _of_documents(plain)


def _applications(condition: Q) -> QuerySet[Any, Any]:
    return Application.objects.filter(condition).order_by().values("pk")


def _tail(column: str, words: str) -> Q:
    """The whole kept tail is found by its index; a part of it by looking at every one."""
    return Q(**{column if len(words) == TAIL else f"{column}__endswith": words})


def _of_documents(plain: str) -> QuerySet[Any, Any]:
    """By the whole number (its keyed hash, whatever the kind) or by its tail."""
    number = normalize_number(plain)
    if len(number) <= 6:
        return _applications(_tail("candidate__documents__number_tail", number))
    groups = ("resident", "hk_macao_permit", "taiwan_permit", "foreign_permanent", "passport")
    keys = {blind_index(group, number[:length]) for group in groups for length in (8, 9, len(number))}
    return _applications(Q(candidate__documents__number_index__in=keys))


def by_code(rows: QuerySet[Application], code: str) -> Application | None:
    """The one application whose whole number was typed or scanned."""
    plain = squeeze(code)
    return rows.filter(number=plain).first() if len(plain) == NUMBER and plain.isdigit() else None


def roster_by_code(rows: QuerySet[Roster], code: str) -> Roster | None:
    """The one roster whose printed list was scanned, or whose whole number was typed (R and ten digits)."""
    plain = squeeze(code).upper()
    return rows.filter(number=plain).first() if plain[:1] == "R" and plain[1:].isdigit() else None
