"""docker-compose.yml, held to its word: no secret has a default, and its very commands run, natively.

There is no container engine where the tests run. So the commands of web, worker and clock are taken from the file as
they stand and started against the real PostgreSQL and Redis of this pass.
"""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import yaml

from kupasi import keys
from tests.services import end_with_parent, free_port

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = (ROOT / "docker-compose.yml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]


def wait_for(what: str, answer: Callable[[], Any], seconds: float = 90.0) -> Any:
    """The first true answer."""
    deadline = time.monotonic() + seconds
    while not (found := answer()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.25)
    return found


def answers(url: str) -> bool:
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


class Place:
    """A production place of its own: a new database, a data folder, the environment that the file would give."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        base, _, _ = os.environ["DATABASE_URL"].rpartition("/")
        name = f"compose_{os.getpid()}"
        self.database_url = f"{base}/{name}"
        self.execute(f'CREATE DATABASE "{name}"', url=f"{base}/postgres")
        self.port = free_port()
        redis = os.environ["REDIS_URL"].rpartition("/")[0] + "/63"
        self.environment = {
            **{k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LC_ALL", "LANG", "TMPDIR")},
            **keys.make(),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "DATABASE_URL": self.database_url, "REDIS_URL": redis, "DATA_DIR": str(folder), "DEMO": "0",
            "HOST": "127.0.0.1", "PORT": str(self.port), "ALLOWED_HOSTS": "kupasi.example,127.0.0.1",
            "SITE_URL": "https://kupasi.example", "EMAIL_URL": "consolemail://", "TRUSTED_PROXIES": "1",
        }  # fmt: skip

    def execute(self, statement: str, *values: object, url: str = "") -> list[tuple[Any, ...]]:
        connection = psycopg2.connect(url or self.database_url)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def argv(self, service: str) -> list[str]:
        """The service's command, word for word; only the clock's notebook moves out of /tmp into our folder."""
        return [word.replace("=/tmp/", f"={self.folder}/") for word in shlex.split(SERVICES[service]["command"])]

    @contextmanager
    def running(self, service: str) -> Iterator[subprocess.Popen[bytes]]:
        log = (self.folder / f"{service}.log").open("wb")
        process = subprocess.Popen(
            self.argv(service), cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True, preexec_fn=end_with_parent,
        )  # fmt: skip
        try:
            yield process
            assert process.poll() is None, (self.folder / f"{service}.log").read_text()[-3000:]
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            log.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A place prepared by the file's own `prepare` service."""
    place = Place(tmp_path_factory.mktemp("compose"))
    done = subprocess.run(place.argv("prepare"), cwd=ROOT, env=place.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-3000:]
    return place


@pytest.mark.postgres
def test_the_web_command_answers_a_request(place: Place) -> None:
    with place.running("web"):
        wait_for("/healthz", lambda: answers(f"http://127.0.0.1:{place.port}/healthz"))


@pytest.mark.postgres
def test_the_worker_command_does_a_job(place: Place) -> None:
    place.execute("DELETE FROM notices_heartbeat")
    with place.running("worker"):
        send = ["celery", "-A", "kupasi", "call", "kupasi.notices.tasks.beat"]
        subprocess.run(send, cwd=ROOT, env=place.environment, check=True, capture_output=True)
        wait_for("a heartbeat", lambda: place.execute("SELECT 1 FROM notices_heartbeat WHERE part = 'worker'"))


@pytest.mark.postgres
def test_the_clock_command_ticks(place: Place) -> None:
    place.execute("DELETE FROM notices_heartbeat")
    with place.running("worker"), place.running("clock"):
        wait_for("a tick", lambda: place.execute("SELECT 1 FROM notices_heartbeat WHERE part = 'clock'"))


@pytest.mark.postgres
@pytest.mark.parametrize("missing", keys.NAMES)
def test_without_a_key_the_start_is_refused(place: Place, missing: str) -> None:
    environment = {name: value for name, value in place.environment.items() if name != missing}
    done = subprocess.run(place.argv("web"), cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert f"还缺：{missing}" in done.stderr + done.stdout


def test_every_value_from_outside_is_required() -> None:
    outside = re.findall(r"(?<!\$)\$\{([A-Z_]+)(:?[-?]?)", COMPOSE)
    assert {name for name, how in outside if how != ":?"} == {"HTTP_PORT", "OLD_SIGNING_KEYS"}


def test_no_secret_is_written_down() -> None:
    fixed = {"TRUSTED_PROXIES", "DEMO", "POSTGRES_USER", "POSTGRES_DB", "POSTGRES_INITDB_ARGS"}
    written = {
        name
        for service in SERVICES.values()
        for name, value in service.get("environment", {}).items()
        if "${" not in str(value)
    }
    assert written == fixed


def test_the_example_names_every_required_value_and_fills_in_none() -> None:
    example = dict(re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / "deploy/env.example").read_text(), re.MULTILINE))
    assert set(example) == set(re.findall(r"(?<!\$)\$\{([A-Z_]+):\?", COMPOSE))
    assert set(example.values()) == {""}


def test_only_the_proxy_is_reachable_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]


def test_the_image_does_not_run_as_root() -> None:
    assert re.findall(r"^USER (\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE) == ["kupasi"]
