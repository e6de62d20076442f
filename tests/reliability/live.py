"""The product as it is served: gunicorn with the house's own configuration on a database of the caller's; clients."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

from tests.operations.places import ROOT, environment
from tests.services import end_with_parent, free_port

SECRET = "c" * 32  # the cookie and the field of the double-submitted CSRF token
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
READY_SECONDS = 60.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and after how many seconds; status 0 when the connection broke."""

    status: int
    seconds: float
    body: str = ""
    location: str = ""


@dataclass
class Browser:
    """One person's browser: a connection that is kept, a session, and a CSRF cookie."""

    port: int
    cookie: str = ""
    connection: http.client.HTTPConnection = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def get(self, path: str) -> Answer:
        return self.send("GET", path)

    def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        """A form as a browser sends it."""
        body = urlencode({"csrfmiddlewaretoken": SECRET, **fields})
        return self.send("POST", path, body, FORM)

    def send(self, method: str, path: str, body: str | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        sent = {"Cookie": f"sessionid={self.cookie}; csrftoken={SECRET}", **(headers or {})}
        started = time.perf_counter()
        try:
            self.connection.request(method, path, body, sent)
            answer = self.connection.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            return Answer(0, time.perf_counter() - started)
        return Answer(answer.status, time.perf_counter() - started, text, answer.headers.get("Location", ""))

    def close(self) -> None:
        self.connection.close()


@dataclass
class Live:
    """A running gunicorn."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def browser(self, cookie: str = "") -> Browser:
        return Browser(self.port, cookie)

    def pids(self) -> list[int]:
        """The master and its workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [self.process.pid, *(int(pid) for pid in children.split())]


@contextmanager
def served(
    folder: Path, *, app: str = "kupasi.wsgi:application", place: Mapping[str, str] | None = None, **more: str
) -> Iterator[Live]:
    """gunicorn with `deploy/gunicorn.conf.py` on the database of this test (or at `place`); ended afterwards."""
    port = free_port()
    address = {"PORT": str(port), "HOST": "127.0.0.1", "ALLOWED_HOSTS": "127.0.0.1", "LOG_LEVEL": "ERROR"}
    found = {**(place or environment(folder)), **address, **more, "PYTHONPATH": str(ROOT)}
    log = folder / f"web-{port}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", app], cwd=ROOT, env=found,
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, preexec_fn=end_with_parent,
        )  # fmt: skip
    try:
        wait_for(port, process, log)
        yield Live(port, process, log)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    browser = Browser(port)
    while browser.get("/healthz").status != 200:
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the server did not start:\n{log.read_text()[-3000:]}")
        time.sleep(0.05)
    browser.close()


def collect_static(folder: Path) -> str:
    """The static files as production has them; the folder for STATIC_ROOT."""
    found = {**environment(folder), "STATIC_ROOT": str(folder / "static")}
    argv = [sys.executable, "-W", "ignore", "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(argv, cwd=ROOT, env=found, check=True, stdin=subprocess.DEVNULL)
    return str(folder / "static")


def at_once(work: Sequence[Callable[[], T]]) -> list[T]:
    """Run all of these in threads that start together; what they returned, in their order."""
    barrier, found = threading.Barrier(len(work)), dict[int, T]()

    def run(index: int) -> None:
        barrier.wait()
        found[index] = work[index]()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [found[index] for index in range(len(work))]


def outcome(answer: Answer) -> str:
    """What a submission was told: `done`, `full`, `closed`, or the status that nobody should see."""
    if answer.status == 302 and answer.location.endswith("/submitted/"):
        return "done"
    alert = re.search(r'role="alert".*?</div>', answer.body, re.S)
    for words, code in (("名额已满", "full"), ("现在不在申报时间内", "closed")):
        if answer.status in (400, 409) and alert and words in alert[0]:
            return code
    return str(answer.status)


def percentile(figures: Sequence[float], share: float) -> float:
    """The figure below which `share` of them lie."""
    return sorted(figures)[min(len(figures) - 1, int(len(figures) * share))]
