"""R11: web and worker are killed while people hand in; nothing that was told is lost, nothing is half."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import close_old_connections

from kupasi.audit.models import Entry
from kupasi.notices.models import Notice
from registration.enums import ApplicationStatus
from registration.models import Application, Order
from registration.services.invariants import broken
from tests.operations.places import ROOT, environment
from tests.services import end_with_parent

from .conftest import Serve, hand_in
from .crowd import Person, a_session, open_now, with_drafts
from .live import Live, at_once, outcome

pytestmark = pytest.mark.django_db(transaction=True)
KILLS = int(os.environ.get("KUPASI_KILLS", "4"))  # the promise is 20; half of them hit the web, half the worker
CLIENTS = 6
TRIES = 60
SWEEPS = """
import django, time
django.setup()
from kupasi.celery import app
app.loader.import_default_modules()
while True:
    for name in ("kupasi.notices.tasks.send_due", "kupasi.audit.tasks.seal"):
        app.tasks[name].apply(throw=True)
    time.sleep(0.2)
"""


class Worker:
    """A worker process of this test that does what the sweeps ask; killed and started again."""

    def __init__(self, folder: Path) -> None:
        (folder / "mail").mkdir(exist_ok=True)
        self.place = environment(folder, LOG_LEVEL="ERROR", DJANGO_SETTINGS_MODULE="kupasi.settings")
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", SWEEPS], cwd=ROOT, env=self.place, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=end_with_parent,
        )  # fmt: skip

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process = self.start()


@pytest.fixture
def worker(transactional_db: None, tmp_path: Path) -> Iterator[Worker]:
    found = Worker(tmp_path)
    yield found
    found.process.kill()
    found.process.wait()


def kill_in_turn(live: Live, worker: Worker, working: threading.Event) -> int:
    """Every half second one dies without a word: a web process, then the worker; how many died."""
    done = 0
    while done < KILLS and working.is_set():
        time.sleep(0.5)
        if done % 2:
            worker.kill()
        else:
            victims = [pid for pid in live.pids()[1:] if Path(f"/proc/{pid}").exists()]
            if not victims:
                continue
            os.kill(victims[0], signal.SIGKILL)
        done += 1
    return done


def insists(live: Live, persons: list[Person], working: threading.Event) -> list[str]:
    """Somebody who presses the button until told something; what each was told in the end."""
    told = []
    for person in persons:
        for _ in range(TRIES):
            browser = live.browser(person.cookie)
            word = outcome(hand_in(browser, person))
            browser.close()
            if word in ("done", "full", "closed"):
                break
            time.sleep(0.2)
        told.append(word)
    return told


def test_nothing_is_lost_and_nothing_is_half_whatever_dies(serve: Serve, worker: Worker) -> None:
    a_session(open_now(), capacity=None)
    persons = with_drafts(CLIENTS * max(KILLS * 2, 6))
    shares = [persons[index::CLIENTS] for index in range(CLIENTS)]
    working, killed = threading.Event(), list[int]()
    working.set()
    with serve(WEB_WORKERS="2", WEB_THREADS="4") as live:
        killer = threading.Thread(target=lambda: killed.append(kill_in_turn(live, worker, working)))
        killer.start()
        told = at_once([lambda share=share: insists(live, share, working) for share in shares])  # type: ignore[misc]
        working.clear()
        killer.join()
    close_old_connections()
    assert {word for words in told for word in words} == {"done"}
    assert killed[0] >= min(KILLS, 2)
    each_is_whole(persons)


def each_is_whole(persons: list[Person]) -> None:
    """One application, one order, one line of each, a letter; the invariants hold; every letter leaves in the end."""
    keys = [one.draft for one in persons]
    assert Application.objects.filter(pk__in=keys, status=ApplicationStatus.SUBMITTED).count() == len(keys)
    assert Order.objects.filter(application__in=keys).count() == len(keys)
    for action, kind in (("application.submitted", "registration.application"), ("order.opened", "registration.order")):
        lines = Entry.objects.filter(action=action, object_type=kind).values_list("object_id", flat=True)
        assert len(lines) == len(set(lines)) == len(keys)
    letters = Notice.objects.filter(kind__startswith="application", channel="in_app")
    assert letters.values("candidate").distinct().count() == len(keys)
    assert list(broken()) == []
