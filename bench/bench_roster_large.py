"""A roster of 100,000 rows (R14): against ten times 10,000, to the taken list, the marked file, one worker's memory.

Every stage is what the product does: the worker's own function, the taking, the marked file made in the background.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from django.core.management import call_command

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
    """What a worker in a process of its own says of one file: megabytes, and rows a second of each stage."""
    sent(made.a_roster(clerk), content)
    done = subprocess.run([sys.executable, "-m", "bench.bench_roster_large"], capture_output=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


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
    most = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    print(json.dumps({"megabytes": most} | {stage: MANY / took for stage, took in spent.items()}))


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kupasi.settings")
    import django

    django.setup()
    work_alone()
