"""The supervisor of the embedded install, with small children in place of the web, the worker and the clock."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kupasi import keys, serve
from tests.services import free_port

ROOT = Path(__file__).resolve().parent.parent
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
NOTE_AND_SLEEP = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); time.sleep(60)"


def wait_until(true: Callable[[], object], seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def pids(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A supervisor in a process of its own, over one child that notes its process number in tmp_path/pids."""
    script = f"""
        import signal, sys
        from kupasi import serve
        child = serve.Child("child", [sys.executable, "-c", {NOTE_AND_SLEEP!r}, {str(tmp_path / "pids")!r}])
        it = serve.Supervisor([child], ready=lambda: True, on_ready=lambda: serve.say("ready"))
        signal.signal(signal.SIGINT, it.stop)
        it.run()
    """
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "kupasi.settings"}
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT, env=environment)
    wait_until(lambda: pids(tmp_path / "pids"))
    yield process
    process.kill()
    process.wait()


def test_ctrl_c_ends_the_children_and_exits_with_0(supervisor: subprocess.Popen[bytes], tmp_path: Path) -> None:
    supervisor.send_signal(signal.SIGINT)
    assert supervisor.wait(15) == 0
    assert not any(alive(pid) for pid in pids(tmp_path / "pids"))


def test_a_child_that_is_killed_is_started_again(supervisor: subprocess.Popen[bytes], tmp_path: Path) -> None:
    os.kill(pids(tmp_path / "pids")[0], signal.SIGKILL)
    wait_until(lambda: len(pids(tmp_path / "pids")) == 2)


def test_no_child_outlives_a_supervisor_that_is_killed(supervisor: subprocess.Popen[bytes], tmp_path: Path) -> None:
    supervisor.kill()
    wait_until(lambda: not any(alive(pid) for pid in pids(tmp_path / "pids")))


def test_a_child_that_dies_young_waits_longer_each_time() -> None:
    child = serve.Child("child", [sys.executable, "-c", ""])
    waits = []
    for _ in range(7):
        child.start(now=100.0)
        assert child.process is not None
        child.process.wait()
        child.look_after(100.0)
        waits.append(child.start_at - 100.0)
    assert waits == [1, 2, 4, 8, 16, 30, 30]


def test_a_child_that_ignores_the_signal_is_ended_by_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "STOP_SECONDS", 0.5)
    child = serve.Child("child", [sys.executable, "-c", STUBBORN])
    child.start(now=0.0)
    assert child.process is not None
    pid = child.process.pid
    wait_until(lambda: Path(f"/proc/{pid}/cmdline").read_bytes().find(b"SIG_IGN") > 0)
    serve.Supervisor([child], ready=lambda: True, on_ready=lambda: None).end()
    assert not alive(pid)


def test_a_port_that_is_taken_is_not_free() -> None:
    port = free_port()
    assert serve.port_is_free("127.0.0.1", port)
    with serve.socket.create_server(("127.0.0.1", port)):
        assert not serve.port_is_free("127.0.0.1", port)


def refused(tmp_path: Path, **environment: str) -> str:
    """What the start says in its last line when it refuses; nothing is served. Embedded, unless a database is given."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    given = {"DATA_DIR": str(tmp_path), "PORT": str(free_port()), "DEMO": "0", **environment}
    command = [sys.executable, "manage.py", "serve"]
    done = subprocess.run(command, cwd=ROOT, env=kept | given, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    return (done.stdout + done.stderr).strip()


def test_a_place_that_cannot_be_used_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for name, value in [("PORT", "abc"), ("PORT", "99999"), ("WEB_WORKERS", "0"), ("DATABASE_URL", "mysql://h/x"),
                        ("DATA_DIR", str(tmp_path / "file")), ("DATA_DIR", "/proc/nowhere")]:  # fmt: skip
        said = refused(tmp_path, **{name: value})
        assert (said.count("\n"), name in said) == (0, True), said


def test_a_taken_port_is_noticed_before_anything_is_prepared(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert "已被占用" in refused(tmp_path, PORT=str(other.getsockname()[1]))
    assert not (tmp_path / "kupasi.sqlite3").exists()


def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    url = f"postgres://user:do-not-tell@127.0.0.1:{free_port()}/name"
    said = refused(tmp_path, DATABASE_URL=url, ALLOWED_HOSTS="127.0.0.1", SMS_PROVIDER="other.Sms", **keys.make())
    assert "DATABASE_URL" in said
    assert "do-not-tell" not in said
