"""Two workers against one on the same number of tickets: wall time, processor time, and the memory of a worker.

The workers are processes that have made a room's tickets before they are measured; who gets which room is settled
beforehand, as the broker would. `TICKETS=10000` takes the long form.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from django.core.management import call_command
from django.db import connection

from bench.bench_tickets import seated
from bench.harness import PAIRS, Row
from tests import builders

CHUNK = 50
TICKETS = int(os.environ.get("TICKETS", "2400"))
LIMIT_MB = 300


@dataclass
class Worker:
    """A process that makes tickets."""

    process: "subprocess.Popen[str]"
    memory: float = 0.0

    def give(self, chunks: list[list[int]]) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(chunks) + "\n")
        self.process.stdin.flush()

    def spent(self) -> float:
        """Wait for the answer; processor seconds."""
        assert self.process.stdout
        answer = json.loads(self.process.stdout.readline())
        self.memory = answer["memory"]
        return float(answer["cpu"])


@contextmanager
def worker() -> Iterator[Worker]:
    argv = [sys.executable, "-W", "ignore", "-m", "bench.ticket_worker"]
    place = os.environ | {"DJANGO_SETTINGS_MODULE": "kupasi.settings"}
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=place) as process:
        yield Worker(process)
        assert process.stdin
        process.stdin.close()


def together(workers: list[Worker], chunks: list[list[int]]) -> tuple[float, float]:
    """Wall and processor seconds in which the workers make the chunks."""
    started = time.perf_counter()
    for number, one in enumerate(workers):
        one.give(chunks[number :: len(workers)])
    cpu = sum(one.spent() for one in workers)
    return time.perf_counter() - started, cpu


def rows() -> Iterator[Row]:
    call_command("migrate", verbosity=0)
    builders.load_notice()
    ids = seated(TICKETS)
    connection.close()
    chunks = [ids[at : at + CHUNK] for at in range(0, len(ids), CHUNK)]
    with worker() as first, worker() as second:
        together([first], [chunks.pop()])
        together([second], [chunks.pop()])
        share = len(chunks) // (2 * PAIRS)
        rounds = [chunks[at * share : (at + 1) * share] for at in range(2 * PAIRS)]
        alone: list[tuple[float, ...]] = []
        both: list[tuple[float, ...]] = []
        for turn in range(PAIRS):
            for count in (1, 2) if turn % 2 else (2, 1):
                (alone if count == 1 else both).append(together([first, second][:count], rounds.pop()))
        memory = max(first.memory, second.memory)
    for name, at, goal in (("wall", 0, 0.6), ("processor", 1, 1.1)):
        ratio = median(two[at] / one[at] for one, two in zip(alone, both, strict=True))
        value, against = median(two[at] for two in both), median(one[at] for one in alone)
        yield Row(f"two workers, {name} time", value, "s", "one process, as many tickets", against, ratio, goal)
    yield Row("memory of a ticket worker", memory, "MB", "its limit", LIMIT_MB, memory / LIMIT_MB, 1.0)
