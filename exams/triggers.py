"""The database itself keeps what a door answered: a check-in is neither changed nor deleted."""

from __future__ import annotations

from kupasi.triggers import Guards

TABLE = "exams_checkin"
ACTS = ("UPDATE", "DELETE")


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


GUARDS = Guards(TABLE, ("checkin_no_update", "checkin_no_delete"), _statements)
install, remove = GUARDS.install, GUARDS.remove
