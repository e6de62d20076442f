"""A roster of 100,000 rows (R14): against ten times 10,000, to the taken list, the marked file, one worker's memory.

Every stage is what the product does: the worker's own function, the taking, the marked file made in the background.
Memory is what worker and reader hold at one moment, looked at all the while. Pages are whole requests of this process
while the worker, another one, is at the file.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.core.management import call_command
from django.test import Client

from bench.bench_roster import ROWS, sent, workbook, worked
from bench.harness import Row, seconds
from registration.models import RosterUpload
from registration.services import rosters
from registration.services.rosters import marked_files, working
from registration.services.rosters.lines import store
from tests import builders
from tests.registration.rosters import made

MANY = 100_000
TURNS = 3
ALONE = "import django; django.setup(); from bench.bench_roster_large import work_alone; work_alone()"


def rows() -> Iterator[Row]:
    """100,000 rows: against ten times 10,000, then memory and rows a second of a worker of its own (R14)."""
    call_command("migrate", verbosity=0)
    builders.load_notice()
    clerk = made.a_member(made.an_institution())
    content = workbook(made.lines(ROWS))
    many = workbook(made.lines(MANY))
    ours, ten = [], []
    for _ in range(TURNS):
        ours.append(worked(clerk, many))
        ten.append(sum(worked(clerk, content) for _ in range(MANY // ROWS)))
    mine, theirs = sorted(ours)[TURNS // 2], sorted(ten)[TURNS // 2]
    yield Row("100,000 rows", mine, "s", "10 x the 10,000", theirs, mine / theirs, 1.2)
    yield Row(
        "100,000 rows to validated and stored", mine, "s", "R14: validated within 3 minutes", 180.0, mine / 180, 1
    )
    yield from taken_and_marked(clerk, many)
    figures = alone(clerk, many)
    memory = figures["megabytes"]
    yield Row("100,000 rows: peak memory of the worker and its reader", memory, "MB", "R14", 350.0, memory / 350, 1)
    yield Row("pages meanwhile, p95", figures["pages"], "s", "R14", 1.0, figures["pages"], 1)
    for stage in ("read", "judged", "stored"):
        speed = figures[stage]
        name, least = f"100,000 rows: {stage} a second", MANY / 180
        yield Row(name, speed, "rows/s", "R14: 3 minutes", least, speed / least, 1, at_most=False)


def taken_and_marked(clerk: Any, content: bytes) -> Iterator[Row]:
    """From the upload to the list taken, and the marked workbook, in this process."""
    upload = sent(made.a_roster(clerk), content)
    by = builders.act(clerk, made.ON)
    spent = seconds(lambda: (made.work(upload), rosters.take_all(upload.pk, by=by)))
    yield Row("100,000 rows from the upload to the taken list", spent, "s", "R14: 6 minutes", 360.0, spent / 360, 1)
    asked = marked_files.ask(upload.pk, by=by)
    spent = seconds(lambda: marked_files.process(asked.pk, now=lambda: builders.at(made.ON)))
    yield Row("100,000 rows: the marked workbook", spent, "s", "in the background", 180.0, spent / 180, 1)


def alone(clerk: Any, content: bytes) -> dict[str, float]:
    """What a worker in a process of its own comes to with one file, and the pages meanwhile.

    Megabytes of worker and reader together, rows a second of each stage, the 95th percentile of pages in seconds.
    """
    settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"  # not collected
    )
    upload = sent(made.a_roster(clerk), content)
    client = Client(headers={"host": "localhost"})
    client.force_login(clerk)
    paths = ["/", "/institution/", f"/institution/rosters/{upload.roster_id}/", f"/institution/files/{upload.pk}/"]
    worker = subprocess.Popen([sys.executable, "-c", ALONE], stdout=subprocess.PIPE)
    pages, megabytes = [], 0.0
    for path in itertools.cycle(paths):
        if worker.poll() is not None:
            break
        started = time.perf_counter()
        assert client.get(path).status_code == 200, path
        pages.append(time.perf_counter() - started)
        megabytes = max(megabytes, held(worker.pid))
        time.sleep(0.02)
    assert worker.returncode == 0
    assert worker.stdout is not None
    figures = dict(json.loads(worker.stdout.read().splitlines()[-1]))
    return figures | {"megabytes": megabytes, "pages": sorted(pages)[len(pages) * 95 // 100]}


def held(pid: int) -> float:
    """Megabytes that a process and its children have in memory now; what has just ended has none."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        below = children.read_text().split()
    except OSError:
        return 0.0
    own = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")), 0)
    return own / 1024 + sum(held(int(one)) for one in below)


def work_alone() -> None:
    """Work on whatever waits; stages are measured by the time between their first and last row."""
    from registration.services.rosters.judging import Judge
    from registration.sheets.reading import read_workbook

    spent = {"read": 0.0, "judged": 0.0, "stored": 0.0}
    reading, judging, storing = read_workbook, Judge.chunk, store

    def read(*args: Any, **more: Any) -> Any:
        whole = reading(*args, **more)
        chunks = whole.chunks

        def timed() -> Iterator[Any]:
            found = chunks()
            while True:
                started = time.perf_counter()
                chunk = next(found, None)
                spent["read"] += time.perf_counter() - started
                if chunk is None:
                    return
                yield chunk

        whole.chunks = timed  # type: ignore[method-assign]
        return whole

    def judge(*args: Any) -> Any:
        started = time.perf_counter()
        outcome = judging(*args)
        spent["judged"] += time.perf_counter() - started
        return outcome

    def keep(*args: Any) -> None:
        started = time.perf_counter()
        storing(*args)
        spent["stored"] += time.perf_counter() - started

    here = (patch.object(working, "read_workbook", read), patch.object(working, "store", keep))
    with here[0], here[1], patch.object(Judge, "chunk", judge):
        made.work(RosterUpload.objects.running().latest("pk"))
    print(json.dumps({stage: MANY / took for stage, took in spent.items()}))
