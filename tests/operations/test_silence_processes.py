"""R29 with real processes: web, worker and clock write JSON, also when they break, and nothing of the person."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from django.db import connection

from kupasi import clock
from kupasi.notices import services as letters
from kupasi.notices.models import Heartbeat, Notice
from kupasi.people.models import Candidate
from kupasi.serve import make_broker_folders
from tests import builders
from tests.reliability.live import Live, served
from tests.services import end_with_parent

from .places import ROOT, cache_table, environment

pytestmark = pytest.mark.django_db(transaction=True)

NAME, PHONE, EMAIL = "哨兵欧阳", "13987654321", "sentinel.person@example.org"
NUMBER = builders.resident_id(date(1991, 4, 8), seq=779)
ADDRESS = "哨兵路七号"
WORDS = (NAME, PHONE, NUMBER, EMAIL, ADDRESS)
BEAT = """
from kupasi.celery import app
names = ("send-notices", "heartbeat")
app.conf.beat_schedule = {name: dict(app.conf.beat_schedule[name], schedule=1.0) for name in names}
app.Beat(quiet=True, max_interval=1).run()
"""
WORKER = ["-m", "celery", "-A", "kupasi", "--quiet", "worker", "--pool=solo", "--without-gossip", "--without-mingle"]


@pytest.fixture
def sentinel() -> Candidate:
    """Somebody whose name and numbers would be seen anywhere."""
    person = builders.a_candidate(name=NAME, number=NUMBER, phone=PHONE)
    person.email, person.postal_address = EMAIL, ADDRESS
    person.save()
    return person


@pytest.fixture
def processes(tmp_path: Path, settings: object) -> Iterator[Path]:
    """Worker and clock of this test; the returned folder holds their logs."""
    cache_table()
    words = {"LOG_FORMAT": "json", "LOG_LEVEL": "INFO", "EMAIL_URL": "filemail://", "PYTHONPATH": str(ROOT)}
    place = environment(tmp_path, **words)
    (tmp_path / "mail").mkdir(exist_ok=True)
    broker = {name: str(tmp_path / "broker" / end) for name, end in
              (("data_folder_in", "queue"), ("data_folder_out", "queue"), ("control_folder", "control"))}  # fmt: skip
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = broker  # type: ignore[attr-defined]
    make_broker_folders()
    started = []
    for name, argv in (("worker", WORKER), ("clock", ["-c", BEAT])):
        with (tmp_path / f"{name}.log").open("wb") as out:
            started.append(
                subprocess.Popen(
                    [sys.executable, *argv], cwd=ROOT, env=place, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                    preexec_fn=end_with_parent,
                )
            )  # fmt: skip
    yield tmp_path
    for one in started:
        one.kill()
        one.wait()


def until(true: Callable[[], object], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def visited(web: Live, person: Candidate) -> None:
    """The pages and the sign-in, well and badly used; afterwards a page that breaks over the person's own row."""
    own = web.browser(builders.signed_in(person.user).cookies["sessionid"].value)
    office = web.browser(builders.signed_in(builders.a_user("clerk")).cookies["sessionid"].value)
    for path in ("/accounts/profile/", "/me/", "/no/such/page", "/api/v1/applications/"):
        own.get(path)
    own.post("/accounts/profile/", {"email": EMAIL + "@", "employer": NAME, "postal_address": ADDRESS})
    web.browser().post("/accounts/login/", {"login": PHONE, "password": "a wrong password"})
    office.post("/admin/people/candidate/", {"find": NAME})
    office.get(f"/admin/people/candidate/{person.pk}/change/")
    with connection.cursor() as cursor:  # what nobody can decrypt: the page breaks in the middle of the person
        cursor.execute("UPDATE people_candidate SET postal_address = 'k1:broken' WHERE id = %s", [person.pk])
    assert own.get("/accounts/profile/").status == 500


def written(folder: Path, web: Live) -> dict[str, str]:
    return {one: path.read_text(encoding="utf-8") for one, path in
            (("web", web.log), ("worker", folder / "worker.log"), ("clock", folder / "clock.log"))}  # fmt: skip


def test_web_worker_and_clock_say_nothing_of_the_person(sentinel: Candidate, processes: Path) -> None:
    by = builders.act(when=clock.now())
    for number in range(3):
        letters.queue(by, key=f"s:{number}", kind="test", subject="通知", body=f"{NAME}：{ADDRESS}", candidate=sentinel)
    with served(processes, LOG_FORMAT="json", LOG_LEVEL="INFO") as web:
        until(lambda: not Notice.objects.filter(channel="email").exclude(status="sent").exists())
        until(lambda: Heartbeat.objects.filter(part="worker").exists())
        visited(web, sentinel)
        letters.queue(by, key="broken", kind="test", subject="通知", body=NAME, candidate=sentinel)
        until(lambda: "Unreadable" in written(processes, web)["worker"])
        logs = written(processes, web)
    lines = [json.loads(line) for text in logs.values() for line in text.splitlines()]
    assert {one["event"] for one in lines} >= {"request"}
    assert sum("exception" in one for one in lines) >= 2  # a page and a task did break
    assert "No hostname" not in "".join(logs.values())
    spool = b"".join(one.read_bytes() for one in (processes / "broker").rglob("*") if one.is_file()).decode()
    assert [word for word in WORDS if word in spool or any(word in text for text in logs.values())] == []
