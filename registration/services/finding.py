"""Finding applications by what a person at the desk has: a number, its tail, a name, the tail of a phone."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from kupasi.people.crypto import blind_index
from kupasi.people.models import IdentityDocument
from kupasi.people.rules import judge_phone, normalize_name, normalize_number
from kupasi.people.rules.text import squeeze
from registration.models import Application

SHORTEST = 2
TAIL = 4
NUMBER = 12


def find(rows: QuerySet[Application], words: str) -> QuerySet[Application]:
    """The rows that fit; fewer than two characters find nothing. Letters are a name, digits a number or a tail."""
    plain = squeeze(words)
    if len(plain) < SHORTEST or not plain.isprintable():
        return rows.none()
    if not plain[:-1].isdigit():
        name = normalize_name(words)
        return rows.filter(Q(candidate__name__startswith=name) | Q(name__startswith=name) | _document(plain))
    found = Q(number__startswith=plain) | _document(plain)
    if len(plain) <= TAIL:
        found |= _tail("candidate__phone_tail", plain)
    phone = judge_phone(plain)
    if not phone.errors:
        found |= Q(candidate__phone_index=blind_index("phone", phone.normalized))
    return rows.filter(found)


def _tail(column: str, words: str) -> Q:
    """The whole kept tail is found by its index; a part of it by looking at every one."""
    return Q(**{column if len(words) == TAIL else f"{column}__endswith": words})


def _document(plain: str) -> Q:
    """By the whole number (its keyed hash, whatever the kind) or by its tail."""
    number = normalize_number(plain)
    if len(number) <= 6:
        holders = IdentityDocument.objects.filter(_tail("number_tail", number))
    else:
        groups = ("resident", "hk_macao_permit", "taiwan_permit", "foreign_permanent", "passport")
        keys = [blind_index(group, number[:length]) for group in groups for length in (8, 9, len(number))]
        holders = IdentityDocument.objects.filter(number_index__in=keys)
    return Q(candidate__in=holders.values("candidate"))


def by_code(rows: QuerySet[Application], code: str) -> Application | None:
    """The one application whose whole number was typed or scanned."""
    plain = squeeze(code)
    return rows.filter(number=plain).first() if len(plain) == NUMBER and plain.isdigit() else None
