"""Whether the keys at hand are those of this database: with others, nothing may start (OP-018)."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from kupasi.people.crypto import Unreadable, blind_index
from kupasi.people.enums import DocumentKind
from kupasi.people.models import IdentityDocument
from kupasi.people.rules import identity_key

WRONG = "The keys are not those of this database: put the right {name} back. Nothing was changed."


def expect_keys() -> None:
    """Raise ImproperlyConfigured when the newest document does not open, or is found by another hash.

    A database that does not answer yet, or has no tables, says nothing about keys.
    """
    try:
        newest = IdentityDocument.objects.exclude(number_tail="").order_by("-pk").first()
    except DatabaseError:
        return
    except (Unreadable, ValueError) as error:
        raise ImproperlyConfigured(WRONG.format(name="FIELD_KEYS")) from error
    if newest is None:
        return
    key = identity_key(DocumentKind(newest.kind), newest.number, country=newest.country)
    if blind_index(key.group, key.number) != newest.number_index:
        raise ImproperlyConfigured(WRONG.format(name="INDEX_KEY"))
