"""One moment of the database, held open: dumped, counted and summed up without anybody waiting.

What is summed up is the source, in the very snapshot that is dumped, so that a restored copy is compared with the
truth and not with itself.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.db import connection

BATCH = 1000
Sums = dict[str, dict[str, Any]]


class ToolMissing(Exception):
    """A program of PostgreSQL is not installed, or did not do its work; the message says which."""


class Snapshot(Protocol):
    """A consistent view of the whole database."""

    def sums(self) -> Sums:
        """Table → number of rows and SHA-256 over all of them in order of their keys."""

    def dump(self, folder: Path) -> Path:
        """Write everything into one file of the folder."""


@contextmanager
def snapshot() -> Iterator[Snapshot]:
    """The database as it is at this moment."""
    if connection.vendor == "sqlite":
        address = f"file:{Path(connection.settings_dict['NAME']).resolve()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as opened:
            yield SqliteSnapshot(opened)
    else:
        import psycopg2

        with closing(psycopg2.connect(**parameters())) as opened:
            yield PostgresSnapshot(opened)


class SqliteSnapshot:
    """A read transaction on the file; in WAL mode nobody waits for it."""

    def __init__(self, opened: sqlite3.Connection) -> None:
        self.opened = opened
        opened.execute("BEGIN")
        opened.execute("SELECT count(*) FROM sqlite_master").fetchone()

    def sums(self) -> Sums:
        names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        return {name: self._sum(name) for (name,) in self.opened.execute(names).fetchall()}

    def _sum(self, table: str) -> dict[str, Any]:
        columns = self.opened.execute(f'PRAGMA table_info("{table}")').fetchall()
        keys = [name for _, name, _, _, _, place in columns if place] or [name for _, name, *_ in columns]
        order = ", ".join(f'"{name}"' for name in keys)
        rows, total = 0, hashlib.sha256()
        cursor = self.opened.execute(f'SELECT * FROM "{table}" ORDER BY {order}')
        while chunk := cursor.fetchmany(BATCH):
            rows += len(chunk)
            total.update(repr(chunk).encode())
        return {"rows": rows, "sha256": total.hexdigest()}

    def dump(self, folder: Path) -> Path:
        """SQLite's online backup, inside the read transaction."""
        path = folder / "database.sqlite3"
        with closing(sqlite3.connect(path)) as copy:
            self.opened.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        return path


class PostgresSnapshot:
    """An exported snapshot, which pg_dump joins."""

    def __init__(self, opened: Any) -> None:
        self.opened = opened
        opened.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with opened.cursor() as cursor:
            cursor.execute("SET LOCAL TIME ZONE 'UTC'; SET LOCAL DateStyle = 'ISO'; SELECT pg_export_snapshot()")
            self.name = cursor.fetchone()[0]

    def sums(self) -> Sums:
        sql = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
        with self.opened.cursor() as cursor:
            cursor.execute(sql)
            return {name: self._sum(cursor, name) for (name,) in cursor.fetchall()}

    def _sum(self, cursor: Any, table: str) -> dict[str, Any]:
        cursor.execute(
            "SELECT a.attname FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary "
            "WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped "
            "AND (i.indrelid IS NULL OR a.attnum = ANY(i.indkey)) ORDER BY a.attnum",
            [f'"{table}"'],
        )
        order = ", ".join(f'"{name}"' for (name,) in cursor.fetchall())
        lines = Lines()
        cursor.copy_expert(f'COPY (SELECT * FROM "{table}" ORDER BY {order}) TO STDOUT', lines)
        return {"rows": lines.rows, "sha256": lines.total.hexdigest()}

    def dump(self, folder: Path) -> Path:
        """pg_dump's own format, of exactly this snapshot."""
        path = folder / "database.dump"
        tool("pg_dump", "--format=custom", "--no-owner", f"--snapshot={self.name}", f"--file={path}")
        return path


class Lines:
    """What COPY writes, one row a line, summed up and forgotten."""

    def __init__(self) -> None:
        self.rows, self.total = 0, hashlib.sha256()

    def write(self, data: bytes | str) -> int:
        raw = data if isinstance(data, bytes) else data.encode()
        self.rows += raw.count(b"\n")
        self.total.update(raw)
        return len(data)


def tool(name: str, *arguments: str, database: str = "") -> None:
    """Run a program of PostgreSQL on the configured database; the password travels in its environment alone."""
    given = connection.settings_dict
    place = {
        "PGHOST": str(given["HOST"] or ""),
        "PGPORT": str(given["PORT"] or ""),
        "PGUSER": str(given["USER"] or ""),
        "PGPASSWORD": str(given["PASSWORD"] or ""),
        "PGDATABASE": database or str(given["NAME"]),
    }
    done = subprocess.run(
        [find(name), *arguments], env=os.environ | {key: value for key, value in place.items() if value},
        capture_output=True, text=True, check=False, cwd=settings.BASE_DIR,
    )  # fmt: skip
    if done.returncode:
        raise ToolMissing(f"{name} 未能完成：{done.stderr.strip().splitlines()[-1:] or done.returncode}")


def find(name: str) -> str:
    """The newest of Debian's programs, or whatever the PATH has."""
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda one: int(one.parts[4]), reverse=True)
    found = str(newest[0]) if newest else shutil.which(name)
    if not found:
        raise ToolMissing(f"找不到 {name}：请安装 postgresql-client。")
    return found


def parameters() -> dict[str, Any]:
    """How to reach the configured database without Django."""
    given = connection.settings_dict
    wanted = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    return {name: given[key] for name, key in wanted.items() if given[key]}
