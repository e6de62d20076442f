"""The database itself keeps the ledger of refunds: within what came in, never edited, never deleted (rules A5).

The guards are put in place after every migration and step aside before it, since SQLite rebuilds tables to alter them
and will not do so under a guard that reads the table.
"""

from __future__ import annotations

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

REFUNDS, ORDERS = "registration_refund", "registration_order"
NAMES = ("refund_no_update", "refund_no_delete", "refund_within_paid")
BEYOND = (
    f"(SELECT COALESCE(SUM(amount), 0) FROM {REFUNDS} WHERE order_id = NEW.order_id) + NEW.amount"
    f" > (SELECT paid FROM {ORDERS} WHERE id = NEW.order_id) + 0.001"
)  # SQLite adds as floats: a tenth of a cent is no money


def install(connection: BaseDatabaseWrapper) -> None:
    """Put the guards in place; harmless when they are there or the tables are not."""
    if not {REFUNDS, ORDERS} <= set(connection.introspection.table_names()):
        return
    remove(connection)
    with connection.cursor() as cursor:
        for statement in _statements(connection.vendor):
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the guards away: for migrating, and for emptying a test database."""
    on = f" ON {REFUNDS}" if connection.vendor == "postgresql" else ""
    if on and REFUNDS not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        for name in NAMES:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def before_migrating(sender: Any, using: str = "default", **kwargs: Any) -> None:
    """Receiver of `pre_migrate`."""
    remove(connections[using])


def after_migrating(sender: Any, using: str = "default", **kwargs: Any) -> None:
    """Receiver of `post_migrate`."""
    install(connections[using])


def _statements(vendor: str) -> list[str]:
    if vendor != "postgresql":
        stop = "BEGIN SELECT RAISE(ABORT, 'the ledger of refunds is kept'); END"
        return [
            f"CREATE TRIGGER refund_no_update BEFORE UPDATE ON {REFUNDS} {stop}",
            f"CREATE TRIGGER refund_no_delete BEFORE DELETE ON {REFUNDS} {stop}",
            f"CREATE TRIGGER refund_within_paid BEFORE INSERT ON {REFUNDS} WHEN {BEYOND} {stop}",
        ]
    says = "RAISE EXCEPTION 'the ledger of refunds is kept' USING ERRCODE = 'check_violation'"
    kept = "FOR EACH ROW EXECUTE FUNCTION refund_kept()"
    return [
        f"CREATE OR REPLACE FUNCTION refund_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {says}; END $$",
        "CREATE OR REPLACE FUNCTION refund_within() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"PERFORM 1 FROM {ORDERS} WHERE id = NEW.order_id FOR UPDATE; "
        f"IF {BEYOND} THEN {says}; END IF; RETURN NEW; END $$",
        f"CREATE TRIGGER refund_no_update BEFORE UPDATE ON {REFUNDS} {kept}",
        f"CREATE TRIGGER refund_no_delete BEFORE DELETE ON {REFUNDS} {kept}",
        f"CREATE TRIGGER refund_within_paid BEFORE INSERT ON {REFUNDS} FOR EACH ROW EXECUTE FUNCTION refund_within()",
    ]
