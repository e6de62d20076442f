"""The list of erased persons beside the backups: keyed hashes, so that a restored backup is erased again (OP-014).

A database that is put back knows nothing of what was erased after it was saved; the list lies outside of it.
"""

from __future__ import annotations

import fcntl
import os
from datetime import datetime
from pathlib import Path

from django.conf import settings

from kupasi.acts import Act
from kupasi.people.models import Candidate, ErasedPerson

NAME = "erased.txt"


def path() -> Path:
    """Where the list lies."""
    return Path(settings.BACKUP_DIR) / NAME


def read() -> dict[str, datetime]:
    """Hash → when the person was erased, as the file has it."""
    if not path().exists():
        return {}
    lines = [line.split() for line in path().read_text(encoding="ascii").splitlines()]
    return {line[0]: datetime.fromisoformat(line[1]) for line in lines if len(line) == 2}


def keep() -> None:
    """Write file and rows together into the file; it appears in one step and never loses a line."""
    file = path()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with file.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = read()
        wanted = known | dict(ErasedPerson.objects.values_list("key", "erased_at"))
        if wanted.keys() == known.keys():
            return
        half = file.with_suffix(".half")
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as out:
            out.writelines(f"{key} {at.isoformat()}\n" for key, at in sorted(wanted.items()))
            out.flush()
            os.fsync(out.fileno())
        half.replace(file)


def missing() -> set[str]:
    """Hashes of the file that this database knows nothing of: a backup was put back."""
    known = set(ErasedPerson.objects.values_list("key", flat=True))
    return set(read()) - known


def reapply(by: Act) -> int:
    """Erase again whoever the file names and the database does not; returns how many persons. Safe to run twice.

    Whoever is not in this database at all is noted as erased, so that nothing is left waiting.
    """
    from . import privacy

    wanted, done = missing(), 0
    if wanted:
        for pk, created_at in list(Candidate.objects.values_list("pk", "created_at")):
            if privacy.key_of(pk, created_at) in wanted:
                privacy.erase_again(pk, by=by)
                done += 1
        listed = read()
        rows = [ErasedPerson(key=key, erased_at=listed[key], finished_at=by.at) for key in sorted(missing())]
        ErasedPerson.objects.bulk_create(rows, ignore_conflicts=True)
    return done
