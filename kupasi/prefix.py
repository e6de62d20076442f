"""Columns that begin with some words, found by their index on both databases."""

from __future__ import annotations

from django.db import connection
from django.db.models import Q

LAST = "\U0010ffff"


def begins(column: str, words: str) -> Q:
    """The rows whose column begins with these words.

    SQLite answers no LIKE from an index, so there it is a span; PostgreSQL (C.UTF-8) does, whatever it collates by.
    """
    if connection.vendor == "sqlite":
        return Q(**{f"{column}__gte": words, f"{column}__lt": words + LAST})
    return Q(**{f"{column}__startswith": words})
