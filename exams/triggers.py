"""The database itself keeps what a door answered: a check-in is neither changed nor deleted.

The guards step aside before a migration and come back after it, since SQLite rebuilds tables to alter them.
"""

from __future__ import annotations

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "exams_checkin"
ACTS = ("UPDATE", "DELETE")


def install(connection: BaseDatabaseWrapper) -> None:
    """Put the guards in place; harmless when they are there or the table is not."""
    if TABLE not in connection.introspection.table_names():
        return
    remove(connection)
    with connection.cursor() as cursor:
        for statement in _statements(connection.vendor):
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the guards away: for migrating, and for emptying a test database."""
    on = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
    if on and TABLE not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        for act in ACTS:
            cursor.execute(f"DROP TRIGGER IF EXISTS checkin_no_{act.lower()}{on}")


def before_migrating(sender: Any, using: str = "default", **kwargs: Any) -> None:
    """Receiver of `pre_migrate`."""
    remove(connections[using])


def after_migrating(sender: Any, using: str = "default", **kwargs: Any) -> None:
    """Receiver of `post_migrate`."""
    install(connections[using])


def _statements(vendor: str) -> list[str]:
    if vendor != "postgresql":
        stop = "BEGIN SELECT RAISE(ABORT, 'check-ins are kept'); END"
        return [f"CREATE TRIGGER checkin_no_{act.lower()} BEFORE {act} ON {TABLE} {stop}" for act in ACTS]
    says = "RAISE EXCEPTION 'check-ins are kept' USING ERRCODE = 'check_violation'"
    kept = "FOR EACH ROW EXECUTE FUNCTION checkin_kept()"
    return [
        f"CREATE OR REPLACE FUNCTION checkin_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {says}; END $$",
        *(f"CREATE TRIGGER checkin_no_{act.lower()} BEFORE {act} ON {TABLE} {kept}" for act in ACTS),
    ]
