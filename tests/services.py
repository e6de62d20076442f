"""Real PostgreSQL and Redis for tests, each on a port and in a folder of its own, gone when the test is.

Used by `scripts/check` for the second pass of the suite, and as fixtures by the tests that stop, kill or empty a
server in mid-work. Missing programs are an error, never a skip.
"""

import ctypes
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest

READY_SECONDS = 60.0
STOP_SECONDS = 20.0
PR_SET_PDEATHSIG = 1


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody holds at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def end_with_parent() -> None:
    """Ask the kernel to end this child when its parent dies, however it dies."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


@dataclass
class Server:
    """One server process: `start`, `stop` (in good order), `kill` (as a power cut would)."""

    argv: Sequence[str]
    folder: Path
    port: int
    url: str
    user: str | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.argv, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=end_with_parent, start_new_session=True, **run_as(self.user),
            )  # fmt: skip
        self.wait()

    def wait(self) -> None:
        """Until the server answers; what it wrote when it does not."""
        deadline = time.monotonic() + READY_SECONDS
        while not self.answers():
            if (self.process and self.process.poll() is not None) or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"{self.argv[0]} did not start:\n{(self.folder / 'server.log').read_text()[-3000:]}")
            time.sleep(0.05)

    def answers(self) -> bool:
        raise NotImplementedError

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self.process = None

    def kill(self) -> None:
        if self.process is None:
            return
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None


class Postgres(Server):
    def answers(self) -> bool:
        import psycopg2

        try:
            psycopg2.connect(self.url, connect_timeout=5).close()
        except psycopg2.OperationalError:
            return False
        return True

    def database(self, name: str) -> str:
        """The URL of a new, empty database."""
        import psycopg2

        connection = psycopg2.connect(self.url)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}"')
        connection.close()
        return self.url.rpartition("/")[0] + "/" + name


class Redis(Server):
    def answers(self) -> bool:
        import redis

        client = redis.Redis.from_url(self.url, socket_timeout=5)
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False
        finally:
            client.close()


def run_as(user: str | None) -> dict[str, Any]:
    """What Popen needs to run as `user`; nothing when it is us already."""
    if user is None:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def find_program(name: str, *, package: str) -> str:
    """Debian's own program first, then the PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda p: int(p.parts[4]), reverse=True)
    found = str(debian[0]) if debian else shutil.which(name)
    if not found:
        raise RuntimeError(f"{name} is missing: apt-get install {package}")
    return found


def unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    users = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in users else "nobody"


@contextmanager
def temporary_folder(*, owner: str | None = None) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="kupasi-"))
    try:
        if owner:
            shutil.chown(folder, owner)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def initdb(folder: Path, *, password: str, user: str | None) -> None:
    secret = folder / "password"
    secret.write_text(password)
    if user:
        shutil.chown(secret, user)
    subprocess.run(
        [find_program("initdb", package="postgresql"), "--pgdata", str(folder / "data"), "--username=kupasi",
         f"--pwfile={secret}", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"],
        check=True, capture_output=True, cwd=folder, **run_as(user),
    )  # fmt: skip


S = TypeVar("S", bound=Server)


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[Postgres]:
    """A PostgreSQL cluster (C.UTF-8, as production asks); `durable` keeps fsync for tests that kill it."""
    user, port, password = unprivileged_user(), free_port(), secrets.token_hex(16)
    with temporary_folder(owner=user) as folder:
        initdb(folder, password=password, user=user)
        options = {
            "port": str(port), "listen_addresses": "127.0.0.1", "unix_socket_directories": str(folder),
            "max_connections": "200", "timezone": "UTC",
        }  # fmt: skip
        if not durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        argv = [find_program("postgres", package="postgresql"), "-D", str(folder / "data")]
        argv += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        server = Postgres(argv, folder, port, f"postgres://kupasi:{password}@127.0.0.1:{port}/postgres", user)
        yield from _serving(server)


@contextmanager
def redis_server() -> Iterator[Redis]:
    """A Redis with a password, remembering nothing."""
    port, password = free_port(), secrets.token_hex(16)
    with temporary_folder() as folder:
        config = folder / "redis.conf"
        config.write_text(
            f'bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave ""\nappendonly no\ndir {folder}\ndatabases 64\n'
        )
        argv = [find_program("redis-server", package="redis-server"), str(config)]
        yield from _serving(Redis(argv, folder, port, f"redis://:{password}@127.0.0.1:{port}/0"))


def _serving(server: S) -> Iterator[S]:
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A PostgreSQL of this test's own, durable, free to be killed."""
    with postgres(durable=True) as server:
        yield server


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    """A Redis of this test's own, free to be stopped or flushed."""
    with redis_server() as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def own_cache() -> None:
    """With Redis, each process of a parallel run counts (throttles, lockouts) in a database of its own."""
    from django.conf import settings
    from django.core.cache import caches

    if settings.REDIS_URL:
        number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) + 1
        settings.CACHES["default"]["LOCATION"] = f"{settings.REDIS_URL.rpartition('/')[0]}/{number}"
        caches.__dict__.pop("settings", None)
        caches["default"] = caches.create_connection("default")  # not the one that was opened before
