"""The embedded install in one command: web, worker and clock as child processes, kept alive, stopped together.

`manage.py serve` prepares the data and then calls `main`. A child that dies is started again, later each time it dies
young. Ctrl-C or SIGTERM ends all three in good order; none outlives this process, even when it is killed.
"""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

from django.conf import settings

from kupasi import file_broker
from kupasi.clock import offset

STOP_SECONDS = 30.0
YOUNG_SECONDS = 30.0  # a child that lived longer starts again at once
LONGEST_WAIT = 30.0
TICK = 0.2
PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Ask the kernel (Linux) to stop this child when the supervisor is gone, however it went."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One supervised process, in a session of its own so that Ctrl-C reaches it through us alone."""

    name: str
    argv: list[str]
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    started: float = field(default=0.0)
    start_at: float = field(default=0.0)

    def start(self, now: float) -> None:
        self.started = now
        self.process = subprocess.Popen(
            self.argv,
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )

    def look_after(self, now: float) -> None:
        """Start the child when it is due; note its death and when it is due again."""
        if self.process is None:
            if now >= self.start_at:
                self.start(now)
            return
        code = self.process.poll()
        if code is not None:
            self.kill()
            self.deaths = self.deaths + 1 if now - self.started < YOUNG_SECONDS else 0
            wait = min(LONGEST_WAIT, 2.0 ** (self.deaths - 1)) if self.deaths else 0.0
            self.start_at = now + wait
            say(f"{self.name} 退出（{code}），{wait:.0f} 秒后重新启动。")

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End whatever is left of the child and of its own children."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):  # the usual case: nobody was left
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None


class Supervisor:
    """Keeps `children` alive until it is told to stop; `on_ready` is called once, when `ready` first says so."""

    def __init__(self, children: list[Child], *, ready: Callable[[], bool], on_ready: Callable[[], None]) -> None:
        self.children = children
        self.ready = ready
        self.on_ready = on_ready
        self.stopping = False

    def stop(self, number: int = 0, frame: FrameType | None = None) -> None:
        self.stopping = True

    def run(self) -> None:
        announced = False
        try:
            while not self.stopping:
                for child in self.children:
                    child.look_after(time.monotonic())
                if not announced and self.ready():
                    announced = True
                    self.on_ready()
                time.sleep(TICK)
        finally:
            self.end()

    def end(self) -> None:
        """Ask all, wait together, then insist."""
        for child in self.children:
            child.ask_to_stop()
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline and any(c.process and c.process.poll() is None for c in self.children):
            time.sleep(0.05)
        for child in self.children:
            child.kill()


def say(sentence: str) -> None:
    print(sentence, flush=True)


def commands() -> list[Child]:
    """The three processes; the same modules as in docker-compose.yml, with a worker that needs no second process."""
    as_root = "ignore:You're running the worker with superuser"  # Celery's warning; the operator chose the user
    celery = [sys.executable, "-W", as_root, "-m", "celery", "-A", "kupasi", "--quiet"]
    config = str(Path(settings.BASE_DIR) / "deploy" / "gunicorn.conf.py")
    return [
        Child("网页", [sys.executable, "-m", "gunicorn", "-c", config]),
        Child(
            "后台作业", [*celery, "worker", "--pool=solo", "--loglevel=WARNING", "--without-gossip", "--without-mingle"]
        ),
        Child("时钟", [*celery, "beat", "--loglevel=WARNING", "--pidfile="]),
    ]


def make_broker_folders() -> None:
    """The folders of the filesystem broker, which it does not make itself, swept; nothing to do with Redis."""
    for name, folder in getattr(settings, "CELERY_BROKER_TRANSPORT_OPTIONS", {}).items():
        if name in {"data_folder_in", "data_folder_out", "control_folder"}:
            Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
            file_broker.sweep(Path(folder))


def port_is_free(host: str, port: int) -> bool:
    """Whether we can listen there; otherwise somebody else's answer would be taken for ours."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def obstacle() -> str:
    """What is wrong with the place where we are to listen, in a sentence; empty when nothing is."""
    for name, default, most in (("PORT", "8000", 65535), ("WEB_WORKERS", "2", 64), ("WEB_THREADS", "8", 256)):
        value = os.environ.setdefault(name, default)
        if not (value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= most):
            return f"{name} 应为 1 至 {most} 的整数，现在是“{value}”。"
    host, port = os.environ.setdefault("HOST", "127.0.0.1"), int(os.environ["PORT"])
    if not port_is_free(host, port):
        other = port + 1 if port < 65535 else port - 1
        return f"{host}:{port} 不能使用（已被占用或不是本机地址），请换一个端口，例如：PORT={other} make run"
    return ""


def healthy(url: str) -> bool:
    """Whether /healthz answers 200; proxies of the environment are not asked."""
    try:
        with build_opener(ProxyHandler({})).open(Request(f"{url}/healthz"), timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def announce(url: str) -> None:
    say(f"\n库帕思已就绪：{url}")
    accounts = Path(settings.DATA_DIR) / "accounts.json"
    if accounts.exists():
        say(f"演示账号（每个角色一个）：{accounts}")
    say("按 Ctrl-C 停止。\n")


def main() -> int:
    """Serve until SIGINT or SIGTERM; 0 after a clean stop, 1 when we cannot listen there."""
    wrong = obstacle()
    if wrong:
        say(wrong)
        return 1
    host, port = os.environ["HOST"], os.environ["PORT"]
    url = f"http://{'127.0.0.1' if host in {'0.0.0.0', '::'} else host}:{port}"
    make_broker_folders()
    offset()  # a rehearsal begins now, once, for all children and for those started later
    supervisor = Supervisor(commands(), ready=lambda: healthy(url), on_ready=lambda: announce(url))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, supervisor.stop)
    supervisor.run()
    say("已停止。")
    return 0
