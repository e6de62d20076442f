"""Guards that the database itself keeps over a table, whoever writes to it.

They are put in place after every migration and step aside before it, since SQLite rebuilds tables to alter them and
will not do so under a guard that reads the table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper


@dataclass(frozen=True)
class Guards:
    """The triggers of a table by name; `statements` makes them for a vendor, `reads` are other tables they look at."""

    table: str
    names: tuple[str, ...]
    statements: Callable[[str], list[str]]
    reads: frozenset[str] = frozenset()

    def install(self, connection: BaseDatabaseWrapper) -> None:
        """Put the guards in place; harmless when they are there or the tables are not."""
        if not {self.table, *self.reads} <= set(connection.introspection.table_names()):
            return
        self.remove(connection)
        with connection.cursor() as cursor:
            for statement in self.statements(connection.vendor):
                cursor.execute(statement)

    def remove(self, connection: BaseDatabaseWrapper) -> None:
        """Take the guards away: for migrating, and for emptying a test database."""
        on = f" ON {self.table}" if connection.vendor == "postgresql" else ""
        if on and self.table not in connection.introspection.table_names():
            return
        with connection.cursor() as cursor:
            for name in self.names:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")

    def before_migrating(self, sender: Any, using: str = "default", **kwargs: Any) -> None:
        """Receiver of `pre_migrate`."""
        self.remove(connections[using])

    def after_migrating(self, sender: Any, using: str = "default", **kwargs: Any) -> None:
        """Receiver of `post_migrate`."""
        self.install(connections[using])
