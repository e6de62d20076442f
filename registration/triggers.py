"""The database itself keeps the ledger of refunds: within what came in, never edited, never deleted (rules A5)."""

from __future__ import annotations

from kupasi.triggers import Guards

REFUNDS, ORDERS = "registration_refund", "registration_order"
NAMES = ("refund_no_update", "refund_no_delete", "refund_within_paid")
BEYOND = (
    f"(SELECT COALESCE(SUM(amount), 0) FROM {REFUNDS} WHERE order_id = NEW.order_id) + NEW.amount"
    f" > (SELECT paid FROM {ORDERS} WHERE id = NEW.order_id) + 0.001"
)  # SQLite adds as floats: a tenth of a cent is no money


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


GUARDS = Guards(REFUNDS, NAMES, _statements, reads=frozenset({ORDERS}))
install, remove = GUARDS.install, GUARDS.remove
