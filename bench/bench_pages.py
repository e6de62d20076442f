"""Pages with 100,000 people in the house against the same pages with 1,000.

Two installs, each in a process and a database of its own (`bench/crowded.py`), asked in turn, the whole request
through every middleware without the network. A page whose number of queries differs is a failure, not a row.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.harness import Row, compare

FEW, MANY = int(os.environ.get("FEW", "1000")), int(os.environ.get("MANY", "100000"))
ROOT = Path(__file__).resolve().parent.parent


class Install:
    """One of the two, behind a pipe."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.names: list[str] = self.answer()

    def answer(self) -> Any:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, "the install with the crowd ended"
        return json.loads(line)

    def ask(self, page: str) -> dict[str, float]:
        assert self.process.stdin
        self.process.stdin.write(f"{page}\n")
        self.process.stdin.flush()
        return self.answer()


def rows() -> Iterator[Row]:
    """One row a page."""
    with ExitStack() as stack:
        processes = [stack.enter_context(started(count)) for count in (FEW, MANY)]  # both fill at the same time
        few, many = (Install(process) for process in processes)
        for page in few.names:
            yield measured(page, few, many)


def measured(page: str, few: Install, many: Install) -> Row:
    """Seconds of a page in both; the queries must be as many."""
    queries = {install.ask(page)["queries"] for install in (few, many)}
    assert len(queries) == 1, f"{page}: {queries} queries"
    return compare(
        f"{page} ({queries.pop():g} queries)",
        ours=lambda: many.ask(page)["seconds"],
        against=f"the same page; {MANY} people against {FEW}",
        reference=lambda: few.ask(page)["seconds"],
        goal=1.5,
    )


@contextmanager
def started(count: int) -> Iterator[subprocess.Popen[str]]:
    """An install that fills itself with so many people."""
    with TemporaryDirectory(prefix="kupasi-crowd-") as folder:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "bench.crowded", str(count)], cwd=ROOT, env=place(folder, count),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        with process:
            try:
                yield process
            finally:
                process.kill()


def place(folder: str, count: int) -> Mapping[str, str]:
    """The environment of one of them: a folder of its own, and a database of its own on the PostgreSQL of this run."""
    here = dict(os.environ, DATA_DIR=folder)
    if "DATABASE_URL" not in here:
        return here
    import psycopg2

    name = f"crowd_{count}"
    with psycopg2.connect(here["DATABASE_URL"]) as connection:
        connection.autocommit = True
        connection.cursor().execute(f'CREATE DATABASE "{name}"')
    connection.close()
    return here | {"DATABASE_URL": f"{here['DATABASE_URL'].rpartition('/')[0]}/{name}"}
