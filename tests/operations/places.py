"""The database and files of a test, opened by processes of their own that may be killed."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent.parent


def text(raw: bytes) -> str:
    """A key as the environment has it."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def environment(folder: Path, **more: str) -> dict[str, str]:
    """What makes a process work on the database of this test, with `folder` as its DATA_DIR."""
    ring = ",".join(f"{name}:{text(key)}" for name, key in settings.FIELD_KEYS)
    place = {
        "DATA_DIR": str(folder),
        "SECRET_KEY": settings.SECRET_KEY,
        "FIELD_KEYS": ring,
        "INDEX_KEY": text(settings.INDEX_KEY),
        "SIGNING_KEY": text(settings.SIGNING_KEY),
        "DEMO": "0",
        "HTTPS": "0",
        "LOG_LEVEL": "WARNING",
    }
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        link = folder / "kupasi.sqlite3"
        if not link.exists():
            link.symlink_to(database["NAME"])
    else:
        at = f"{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
        place["DATABASE_URL"] = f"postgres://{at}/{database['NAME']}"
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    return kept | place | more


def cache_table() -> None:
    """Processes of their own run without the suite's Redis: they count (throttles, locks) in the database."""
    call_command("createcachetable", "kupasi_cache", verbosity=0)


def start(*argv: str, folder: Path, **more: str) -> subprocess.Popen[bytes]:
    """`manage.py …` on the database of this test."""
    return subprocess.Popen(
        [sys.executable, "manage.py", *argv],
        cwd=ROOT,
        env=environment(folder, **more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def run(*argv: str, folder: Path, **more: str) -> tuple[int, str]:
    """The exit code and everything that a command said."""
    process = start(*argv, folder=folder, **more)
    said = process.communicate(timeout=300)[0].decode()
    return process.returncode, said
