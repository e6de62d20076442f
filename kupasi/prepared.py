"""Queries that the ORM writes once a process and that are then asked again and again with other values.

Writing a query costs Django ten times what a small database needs to answer it; a request that asks the same twenty
questions of everybody is bound by that. The question stays a queryset: its meaning has one place, on both databases.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, models
from django.db.models.expressions import Expression
from django.db.models.sql import UpdateQuery


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
        with connection.cursor() as cursor:
            cursor.execute(sql, _filled(parameters, values))
            rows = cursor.fetchall()
        return [_read(row, converters) for row in rows] if converters else [tuple(row) for row in rows]

    def _write(self) -> tuple[str, tuple[Any, ...], list[tuple[int, list[Any], Any]]]:
        compiler = self.build().query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        columns = [column for column, _, _ in compiler.select[: compiler.col_count]]
        converters = [(at, *how) for at, how in compiler.get_converters(columns).items()]
        self.written[connection.vendor] = sql, tuple(parameters), converters
        return self.written[connection.vendor]


class Change:
    """A conditional UPDATE written once: `Change(lambda: (rows, {"taken": F("taken") + 1}))(pk=5)` counts its rows."""

    def __init__(self, build: Callable[[], tuple[models.QuerySet[Any, Any], dict[str, Any]]]) -> None:
        self.build = build
        self.written: dict[str, tuple[str, tuple[Any, ...]]] = {}

    def __call__(self, **values: Any) -> int:
        """Do it with these values."""
        sql, parameters = self.written.get(connection.vendor) or self._write()
        with connection.cursor() as cursor:
            cursor.execute(sql, _filled(parameters, values))
            return int(cursor.rowcount)

    def _write(self) -> tuple[str, tuple[Any, ...]]:
        rows, changed = self.build()
        query: Any = rows.query.chain(UpdateQuery)
        query.add_update_values(changed)
        sql, parameters = query.get_compiler(connection=connection).as_sql()
        self.written[connection.vendor] = sql, tuple(parameters)
        return self.written[connection.vendor]


class Together:
    """Several questions in one trip to the database: `Together(A, B)(candidate=5)` gives the rows of A and those of B.

    Each is answered as if it were asked alone, all at one moment; the rows travel as JSON.
    """

    def __init__(self, *questions: Prepared) -> None:
        self.questions = questions
        self.written: dict[str, tuple[str, tuple[Any, ...], list[list[Callable[[Any], Any]]]]] = {}

    def __call__(self, **values: Any) -> list[list[tuple[Any, ...]]]:
        """Ask all of them with these values."""
        sql, parameters, readers = self.written.get(connection.vendor) or self._write()
        with connection.cursor() as cursor:
            cursor.execute(sql, _filled(parameters, values))
            answers = cursor.fetchone()
        return [_unpacked(text, how) for text, how in zip(answers, readers, strict=True)]

    def _write(self) -> tuple[str, tuple[Any, ...], list[list[Callable[[Any], Any]]]]:
        parts: list[str] = []
        parameters: list[Any] = []
        readers: list[list[Callable[[Any], Any]]] = []
        for question in self.questions:
            compiler = question.build().query.get_compiler(connection=connection)
            sql, given = compiler.as_sql()
            columns = [column for column, _, _ in compiler.select[: compiler.col_count]]
            names = ", ".join(f"c{at}" for at in range(len(columns)))
            parts.append(PACKED[connection.vendor].format(names=names, sql=sql))
            parameters += given
            readers.append([_reader(column, compiler) for column in columns])
        self.written[connection.vendor] = f"SELECT {', '.join(parts)}", tuple(parameters), readers
        return self.written[connection.vendor]


PACKED = {
    "sqlite": "(WITH t({names}) AS ({sql}) SELECT json_group_array(json_array({names})) FROM t)",
    "postgresql": "(WITH t({names}) AS ({sql}) SELECT json_agg(json_build_array({names}))::text FROM t)",
}
FROM_JSON: dict[str, Callable[[Any], Any]] = {
    "DateField": date.fromisoformat,
    "DecimalField": lambda value: Decimal(str(value)),
    "JSONField": lambda value: value,
}


def _reader(column: Any, compiler: Any) -> Callable[[Any], Any]:
    """How a column's value is read out of JSON: SQLite's own converters fit; PostgreSQL has types that JSON has not."""
    kind = column.output_field.get_internal_type()
    if kind in ("DateTimeField", "TimeField", "BinaryField"):
        raise TypeError(f"a {kind} does not travel as JSON: ask it alone")
    if connection.vendor == "postgresql" and kind in FROM_JSON:
        return FROM_JSON[kind]
    found = compiler.get_converters([column])
    functions = found[0][0] if found else []

    def read(value: Any) -> Any:
        for function in functions:
            value = function(value, column, connection)
        return value

    return read


def _unpacked(text: str | None, readers: list[Callable[[Any], Any]]) -> list[tuple[Any, ...]]:
    """The rows of one answer; PostgreSQL says NULL where there are none."""
    rows = json.loads(text, parse_float=Decimal) if text else []
    return [
        tuple(None if value is None else read(value) for value, read in zip(row, readers, strict=True)) for row in rows
    ]


def _filled(parameters: tuple[Any, ...], values: dict[str, Any]) -> list[Any]:
    """The parameters with every slot's value in its place."""
    return [one.filled(values) if isinstance(one, Slot) else one for one in parameters]


def _read(row: tuple[Any, ...], converters: list[tuple[int, list[Any], Any]]) -> tuple[Any, ...]:
    """A row with its values as Python has them."""
    values = list(row)
    for at, functions, column in converters:
        for function in functions:
            values[at] = function(values[at], column, connection)
    return tuple(values)
