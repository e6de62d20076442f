"""A migrated SQLite file that later runs begin with: made anew whenever a migration, or what migrations use, changes.

Walking every migration costs far more than most single tests. The rows that follow every migration (roles and their
rights) are written again at each start, by Django itself.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path

import django
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent
KEPT = 20  # branches worked on side by side
USED_BY_MIGRATIONS = ("triggers.py", "roles.py", "fields.py", "permission_matrix.tsv")


def database() -> Path | None:
    """The file that this process tests on; None on another database."""
    found = settings.DATABASES["default"]
    return Path(found["TEST"]["NAME"]) if found["ENGINE"].endswith("sqlite3") else None


def template() -> Path:
    """Where the migrated file is kept, by the hash of what it was made from."""
    digest = hashlib.sha256(f"{sys.version}{django.VERSION}{sqlite3.sqlite_version}".encode())
    for path in sorted(_sources()):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return Path(tempfile.gettempdir()) / f"kupasi-tests-{os.getuid()}" / f"{digest.hexdigest()[:32]}.sqlite3"


def _sources() -> list[Path]:
    apps = [ROOT / name for name in ("kupasi", "exams", "certificates", "discipline", "registration")]
    files = [path for app in apps for path in app.rglob("*") if path.suffix in (".py", ".tsv")]
    return [path for path in files if path.parent.name == "migrations" or path.name in USED_BY_MIGRATIONS]


def begin_with() -> bool:
    """Put the migrated file where this process tests; False when there is none yet."""
    path, ready = database(), template()
    if path is None or not ready.exists():
        return False
    shutil.copyfile(ready, path)
    return True


def keep() -> None:
    """Keep the file as it stands now, for later runs; two processes may do so at once."""
    path, ready = database(), template()
    if path is None or ready.exists():
        return
    ready.parent.mkdir(mode=0o700, exist_ok=True)
    for old in sorted(ready.parent.glob("*.sqlite3"), key=os.path.getmtime)[:-KEPT]:
        old.unlink(missing_ok=True)
    own = ready.with_suffix(f".{os.getpid()}")
    with sqlite3.connect(path) as made, sqlite3.connect(own) as copy:
        made.backup(copy)
    made.close()
    copy.close()
    own.replace(ready)
