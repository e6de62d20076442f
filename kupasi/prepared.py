"""Queries that the ORM writes once a process and that are then asked again and again with other values.

Writing a query costs Django ten times what a small database needs to answer it; a request that asks the same twenty
questions of everybody is bound by that. The question stays a queryset: its meaning has one place, on both databases.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection, models
from django.db.models.expressions import Expression


class Slot(Expression):
    """A value that is named at each asking, where a queryset would have the value itself."""

    def __init__(self, name: str, output_field: models.Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """A placeholder; the slot itself stands among the parameters until it is filled."""
        return "%s", [self]

    def filled(self, values: dict[str, Any]) -> Any:
        """The named value as the database takes it."""
        return self.output_field.get_db_prep_value(values[self.name], connection)


def slot(name: str, output_field: models.Field[Any, Any]) -> Any:
    """A slot, to be written wherever a queryset or one of its methods takes a value."""
    return Slot(name, output_field)


class Prepared:
    """A queryset of `values_list` rows with slots in it: `Prepared(lambda: …)(candidate=5)` gives its rows."""

    def __init__(self, build: Callable[[], models.QuerySet[Any, Any]]) -> None:
        self.build = build
        self.written: dict[str, tuple[str, tuple[Any, ...], list[tuple[int, list[Any], Any]]]] = {}

    def __call__(self, **values: Any) -> list[tuple[Any, ...]]:
        """Ask with these values."""
        sql, parameters, converters = self.written.get(connection.vendor) or self._write()
        filled = [one.filled(values) if isinstance(one, Slot) else one for one in parameters]
        with connection.cursor() as cursor:
            cursor.execute(sql, filled)
            rows = cursor.fetchall()
        return [_read(row, converters) for row in rows] if converters else [tuple(row) for row in rows]

    def _write(self) -> tuple[str, tuple[Any, ...], list[tuple[int, list[Any], Any]]]:
        compiler = self.build().query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        columns = [column for column, _, _ in compiler.select[: compiler.col_count]]
        converters = [(at, *how) for at, how in compiler.get_converters(columns).items()]
        self.written[connection.vendor] = sql, tuple(parameters), converters
        return self.written[connection.vendor]


def _read(row: tuple[Any, ...], converters: list[tuple[int, list[Any], Any]]) -> tuple[Any, ...]:
    """A row with its values as Python has them."""
    values = list(row)
    for at, functions, column in converters:
        for function in functions:
            values[at] = function(values[at], column, connection)
    return tuple(values)
