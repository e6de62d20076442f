"""R26: the embedded install under fifty writers at once: nothing is lost and nobody meets a locked database."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.operations.places import ROOT

from .conftest import hand_in
from .crowd import Person
from .live import Answer, Live, at_once, outcome, served

CLIENTS, EACH = 50, 4
DATABASE = "kupasi.sqlite3"


def place(folder: Path, static: str) -> dict[str, str]:
    """The environment of an embedded install: nothing but its folder."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    return kept | {"DATA_DIR": str(folder), "STATIC_ROOT": static, "DEMO": "0", "PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, static_root: str) -> tuple[Path, list[Person]]:
    """An embedded install with two hundred whole drafts."""
    folder = tmp_path_factory.mktemp("embedded")
    argv = [sys.executable, "-W", "ignore", "-m", "tests.reliability.prepare", str(CLIENTS * EACH)]
    done = subprocess.run(argv, cwd=ROOT, env=place(folder, static_root), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder, [Person(*row) for row in json.loads(done.stdout.splitlines()[-1])]


@pytest.fixture
def install(prepared: tuple[Path, list[Person]], tmp_path: Path) -> tuple[Path, list[Person]]:
    """A copy for one test."""
    folder, persons = prepared
    return Path(shutil.copytree(folder, tmp_path / "install")), persons


def in_turn(live: Live, persons: list[Person]) -> Callable[[], list[Answer]]:
    """One client that hands in for several people, one after another, over its connection."""

    def client() -> list[Answer]:
        browser, answers = live.browser(), []
        for person in persons:
            browser.cookie = person.cookie
            answers.append(hand_in(browser, person))
        browser.close()
        return answers

    return client


def rush(folder: Path, persons: list[Person], static: str, *, app: str = "kupasi.wsgi:application") -> Counter[str]:
    """What fifty clients were told."""
    with served(folder, app=app, place=place(folder, static)) as live:
        found = at_once([in_turn(live, persons[at : at + EACH]) for at in range(0, len(persons), EACH)])
    return Counter(outcome(one) for answers in found for one in answers)


def count(folder: Path, question: str) -> int:
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        return int(database.execute(f"SELECT COUNT(*) FROM {question}").fetchone()[0])


def test_fifty_writers_lose_nothing(install: tuple[Path, list[Person]], static_root: str) -> None:
    folder, persons = install
    assert rush(folder, persons, static_root) == {"done": CLIENTS * EACH}
    assert count(folder, "registration_application WHERE status = 'submitted'") == CLIENTS * EACH
    assert count(folder, "registration_order") == CLIENTS * EACH
    assert count(folder, "audit_entry WHERE action = 'application.submitted'") == CLIENTS * EACH


def test_djangos_own_setting_would_meet_a_locked_database(install: tuple[Path, list[Person]], static_root: str) -> None:
    folder, persons = install
    told = rush(folder, persons, static_root, app="tests.reliability.deferred:application")
    assert told["500"] > 0
    assert count(folder, "registration_order") < CLIENTS * EACH
