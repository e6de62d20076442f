"""The database itself refuses to change or delete what was recorded."""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

TABLES = ("audit_entry", "audit_seal")
ACTS = ("UPDATE", "DELETE")
FUNCTION = "audit_append_only"


def install(connection: BaseDatabaseWrapper) -> None:
    """Put the guards in place; harmless when they are there."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'the audit record is append-only'; END $$"
            )
        for table in TABLES:
            for act in ACTS:
                cursor.execute(_statement(connection.vendor, table, act))


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the guards away: for going back in the migrations and for emptying a test database."""
    with connection.cursor() as cursor:
        for table in TABLES:
            for act in ACTS:
                on = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {_name(table, act)}{on}")


def _name(table: str, act: str) -> str:
    return f"{table}_no_{act.lower()}"


def _statement(vendor: str, table: str, act: str) -> str:
    if vendor == "postgresql":
        return (
            f"CREATE OR REPLACE TRIGGER {_name(table, act)} BEFORE {act} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {FUNCTION}()"
        )
    return (
        f"CREATE TRIGGER IF NOT EXISTS {_name(table, act)} BEFORE {act} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'the audit record is append-only'); END"
    )
