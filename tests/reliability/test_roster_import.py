"""PostgreSQL is killed in mid-import, five times (R10): all rows or none, the state right, a retry works."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from kupasi import keys
from tests.operations.places import ROOT
from tests.services import Postgres, end_with_parent

ROWS = 2000
KILLS = 5


class Place:
    """A PostgreSQL and the processes that work on it."""

    def __init__(self, server: Postgres, folder: Path) -> None:
        self.server = server
        url = server.database("kupasi")
        self.url = url
        self.environment = {
            "PATH": "/usr/bin:/bin", "DATA_DIR": str(folder), "DATABASE_URL": url, "SITE_URL": "http://127.0.0.1",
            "HTTPS": "0", "LOG_LEVEL": "ERROR", "EMAIL_URL": "filemail://", "ALLOWED_HOSTS": "localhost", **keys.make(),
        }  # fmt: skip

    def start(self, *step: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.reliability.roster_work", *step]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, preexec_fn=end_with_parent,
        )  # fmt: skip

    def run(self, *step: str) -> str:
        out, err = (process := self.start(*step)).communicate(timeout=300)
        assert process.returncode == 0, err.decode()[-2000:]
        return out.decode()

    def state(self) -> dict[str, Any]:
        return dict(json.loads(self.run("state")))

    def stored(self) -> int:
        """How far the worker is."""
        import psycopg2

        with psycopg2.connect(self.url) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT stored FROM registration_rosterupload")
            return int(cursor.fetchone()[0])

    def cut(self, process: subprocess.Popen[bytes]) -> str:
        """The power goes; the server comes back; what the worker said of it."""
        self.server.kill()
        _, said = process.communicate(timeout=120)
        self.server.start()
        return said.decode()


@pytest.fixture
def place(own_postgres: Postgres, tmp_path: Path) -> Place:
    """A file of an institution that waits for a worker."""
    made = Place(own_postgres, tmp_path)
    made.run("prepare", str(ROWS))
    return made


def interrupt(place: Place, minute: int) -> str:
    """Kill the server when the worker has stored some of this attempt's rows."""
    process, seen = place.start("work", str(minute)), set[int]()
    while process.poll() is None and not 0 < place.stored() < ROWS:
        time.sleep(0.005)
    assert process.poll() is None, "the worker was faster than the power cut"
    seen.add(place.stored())
    return place.cut(process)


def test_postgresql_killed_in_mid_import_five_times(place: Place) -> None:
    for attempt in range(KILLS):
        said = interrupt(place, attempt * 2)
        left = place.state()
        assert (left["rows"], left["lines"], left["on_list"]) == (left["stored"], left["stored"], 0)
        assert left["state"] in {"reading", "judging"}
        assert "试" not in said
    place.run("work", str(KILLS * 2))
    done = place.state()
    assert (done["state"], done["rows"], done["lines"], done["valid"]) == ("judged", ROWS, ROWS, ROWS)
    place.run("take")
    assert place.state()["on_list"] == ROWS


def test_postgresql_killed_while_the_list_is_taken(place: Place) -> None:
    place.run("work")
    for _ in range(KILLS):
        process = place.start("take")
        wait_for_update(place, process)
        place.cut(process)
        left = place.state()
        assert (left["state"], left["on_list"]) in {("judged", 0), ("taken", ROWS)}
    place.run("take")
    assert (place.state()["state"], place.state()["on_list"]) == ("taken", ROWS)


def wait_for_update(place: Place, process: subprocess.Popen[bytes]) -> None:
    """Until the process is in its transaction, or done."""
    import psycopg2

    with psycopg2.connect(place.url) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        while process.poll() is None:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'UPDATE \"registration_roster%'")
            if cursor.fetchone()[0]:
                return
            time.sleep(0.002)
