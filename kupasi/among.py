"""Whether a column is one of very many values, asked with one parameter: Django's own way costs more than the query."""

from __future__ import annotations

import json
from collections.abc import Collection

from django.db import connection
from django.db.models.expressions import RawSQL


def among(values: Collection[str]) -> RawSQL:
    """For `column__in=among(values)`: the texts as a table of the database's own making, on either database."""
    listed = json.dumps(list(values))
    if connection.vendor == "postgresql":
        return RawSQL("SELECT jsonb_array_elements_text(%s::jsonb)", [listed])
    return RawSQL("SELECT value FROM json_each(%s)", [listed])


def among_keys(values: Collection[int]) -> RawSQL:
    """The same for rows' own keys."""
    listed = json.dumps(list(values))
    if connection.vendor == "postgresql":
        return RawSQL("SELECT jsonb_array_elements_text(%s::jsonb)::bigint", [listed])
    return RawSQL("SELECT value FROM json_each(%s)", [listed])
