"""The restore drill: a backup brought to a new place and looked at there by a process of its own (R15).

The new place is a temporary folder, on PostgreSQL also a temporary database of the same server. The live data is not
touched. Whatever keeps the drill from running is an error: a drill that could not run never counts as passed.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection, transaction

from kupasi import keys
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.notices.models import JobRun
from kupasi.operations.enums import Level
from kupasi.operations.findings import Finding, any_bad, bad, ok

from . import backups
from .snapshots import parameters, tool

SECONDS = 3600
REPORT = "report.json"


def run(backup: Path, *, by: Act) -> list[Finding]:
    """Restore a backup elsewhere and say what was found there; every line counts, `bad` means the drill is red."""
    files = check_files(backup)
    if any_bad([files]):
        return [files]
    with tempfile.TemporaryDirectory(prefix="kupasi-drill-") as name:
        folder = Path(name)
        with _restored(backup, folder) as environment:
            findings = [files, *_ask(backup, folder, environment)]
    if not any_bad(findings):
        _note(backup.name, by=by)
    return findings


def check_files(backup: Path) -> Finding:
    """Every file of the manifest is there with its sum, and nothing else is."""
    try:
        manifest = backups.read_manifest(backup)
    except (OSError, ValueError) as problem:
        return bad("清单", f"读不出（{type(problem).__name__}）", "换一份备份")
    listed = manifest["files"]
    there = {str(one.relative_to(backup)) for one in backup.rglob("*") if one.is_file()} - {backups.MANIFEST}
    wrong = [name for name in listed if name not in there or backups.sha256(backup / name) != listed[name]["sha256"]]
    extra = there - set(listed)
    if wrong or extra:
        return bad("文件", f"{len(wrong)} 个缺失或被改动，{len(extra)} 个多余", "换一份备份，并查明原因")
    return ok("文件", f"{len(listed)} 个都在，校验和相符")


@contextmanager
def _restored(backup: Path, folder: Path) -> Iterator[dict[str, str]]:
    """The environment in which the product lives on the restored data."""
    manifest = backups.read_manifest(backup)
    data = folder / "data"
    data.mkdir(mode=0o700)
    if (backup / "private").exists():
        shutil.copytree(backup / "private", data / "private")
    place = _own_environment(data)
    if connection.vendor == "sqlite":
        shutil.copyfile(backup / manifest["database"], data / "kupasi.sqlite3")
        yield place
        return
    database = f"kupasi_drill_{secrets.token_hex(6)}"
    with _temporary(database):
        tool("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={database}", str(backup / manifest["database"]))
        yield place | {"DATABASE_URL": _address(database)}


def _own_environment(data: Path) -> dict[str, str]:
    """The keys of this very process, a folder of its own, and no way out: no broker, no mail, no messages."""
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    ring = ",".join(f"{name}:{keys.text(key)}" for name, key in settings.FIELD_KEYS)
    return kept | {
        "DATA_DIR": str(data),
        "BACKUP_DIR": str(settings.BACKUP_DIR),  # the list of erased persons lies there
        "SECRET_KEY": settings.SECRET_KEY,
        "FIELD_KEYS": ring,
        "INDEX_KEY": keys.text(settings.INDEX_KEY),
        "SIGNING_KEY": keys.text(settings.SIGNING_KEY),
        "DEMO": "0",
        "EMAIL_URL": "dummymail://",
        "LOG_LEVEL": "WARNING",
    }


@contextmanager
def _temporary(database: str) -> Iterator[None]:
    """An empty database beside the live one, gone afterwards."""
    _on_server(f'CREATE DATABASE "{database}" TEMPLATE template0')
    try:
        yield
    finally:
        _on_server(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def _on_server(sql: str) -> None:
    import psycopg2

    with closing(psycopg2.connect(**parameters())) as opened:
        opened.autocommit = True
        with opened.cursor() as cursor:
            cursor.execute(sql)


def _address(database: str) -> str:
    given = connection.settings_dict
    who = f"{quote(str(given['USER']), safe='')}:{quote(str(given['PASSWORD']), safe='')}"
    return f"postgres://{who}@{quote(str(given['HOST'] or 'localhost'), safe='')}:{given['PORT'] or 5432}/{database}"


def _ask(backup: Path, folder: Path, environment: dict[str, str]) -> list[Finding]:
    """What the product itself says in the restored place; no report is a red drill."""
    report = folder / REPORT
    command = [sys.executable, "manage.py", "verify_restored", str(backup / backups.MANIFEST), "--report", str(report)]
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=SECONDS, check=False,
    )  # fmt: skip
    if not report.exists():
        last = (done.stderr.strip().splitlines() or [f"退出码 {done.returncode}"])[-1]
        return [bad("演练", f"恢复处的程序没有给出结果：{last[:200]}", "修复后重做演练")]
    rows: list[dict[str, Any]] = json.loads(report.read_text(encoding="utf-8"))
    return [Finding(Level(one["level"]), one["part"], one["seen"], one["todo"]) for one in rows]


@transaction.atomic
def _note(name: str, *, by: Act) -> None:
    """That the drill was green, and on which backup."""
    period = f"{by.at:%Y%m%dT%H%M%S}"
    run_, _ = JobRun.objects.get_or_create(job="restore-drill", period=period, defaults={"at": by.at})
    record(by, "restore.drill", run_, after={"backup": name})
