"""The broker of the embedded install: kombu's folders, in which a reader never meets half a message.

kombu opens a message under the name by which the worker looks for it, and writes it afterwards. A worker that lists the
folder in between takes an empty or half file, cannot read it, and ends; on a full disk the half file stays. Tables of
exchanges are written the same way. Here each file is written whole under another name and renamed; what is unreadable
nevertheless is set aside, told without its content, and the worker goes on. Rows say what is due: nothing is lost.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any
from uuid import uuid4

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.transport.filesystem import exchange_queue_t
from kombu.utils.json import dumps, loads

log = logging.getLogger(__name__)
MESSAGE, UNFINISHED, UNREADABLE = ".msg", ".part", ".unreadable"


def write_whole(path: Path, text: str) -> None:
    """The file appears under its name when all of it is there, or not at all."""
    part = path.with_name(f"{path.name}.{uuid4().hex}{UNFINISHED}")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as problem:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise ChannelError(f"Cannot write {path.name} ({type(problem).__name__})") from problem


def set_aside(path: Path, *, name: str, size: int) -> None:
    """Out of the way of every reader, and told: its name and size, nothing of what it holds."""
    with contextlib.suppress(FileNotFoundError):  # another process did
        path.replace(path.with_name(name + UNREADABLE))
        log.error("A file of the broker is unreadable and set aside: %s, %d bytes", name, size)


def unreadable(folder: Path) -> int:
    """How many messages and tables were set aside."""
    return sum(1 for _ in folder.rglob(f"*{UNREADABLE}"))


def sweep(folder: Path) -> None:
    """What writers and readers that were killed left half done; to be called when none is at work."""
    for path in folder.glob(f"*{UNFINISHED}"):
        path.unlink(missing_ok=True)


def read(content: bytes) -> Any:
    """What the file holds; None when that cannot be read."""
    try:
        return loads(content)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def is_message(found: Any) -> bool:
    """Whether the worker can take it as one."""
    properties = found.get("properties") if isinstance(found, dict) else None
    if not isinstance(properties, dict):
        return False
    body = isinstance(found.get("body"), str) and isinstance(found.get("headers"), dict)
    return body and isinstance(properties.get("delivery_info"), dict) and "delivery_tag" in properties


def is_table(found: Any) -> bool:
    """Whether these are bindings: of three words each."""
    return isinstance(found, list) and all(isinstance(row, list) and len(row) == 3 for row in found)


class Channel(filesystem.Channel):
    """kombu's, with files that are whole."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # kombu's two differ
        name = f"{round(monotonic() * 1000)}_{uuid4()}.{queue}{MESSAGE}"
        write_whole(Path(self.data_folder_out) / name, dumps(payload))

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        folder = Path(self.data_folder_in)
        for name in sorted(os.listdir(folder)):
            if name.partition(".")[2] != queue + MESSAGE:
                continue
            taken = folder / (name + UNFINISHED)
            try:
                content = (folder / name).rename(taken).read_bytes()
            except FileNotFoundError:  # another worker has it
                continue
            found = read(content)
            if is_message(found):
                taken.unlink(missing_ok=True)
                return found
            set_aside(taken, name=name, size=len(content))
        raise Empty

    def get_table(self, exchange: str) -> list[exchange_queue_t]:  # type: ignore[override]  # as kombu's own files do
        """The bindings of all processes; when they cannot be read, this one's own, until the others bind again."""
        file = self._table_file(exchange)
        try:
            content = file.read_bytes()
        except FileNotFoundError:
            return []
        rows = read(content)
        if is_table(rows):
            return [exchange_queue_t(*row) for row in rows]
        set_aside(file, name=file.name, size=len(content))
        own = (self.state.exchanges or {}).get(exchange, {}).get("table", [])
        return [exchange_queue_t(*(part or "" for part in row)) for row in own]

    def _queue_bind(self, exchange: str, routing_key: str | None, pattern: str | None, queue: str | None) -> None:
        row = exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with self._alone(exchange):
            rows = self.get_table(exchange)
            if row not in rows:
                self._write_table(exchange, [row, *rows])

    def _delete(self, queue: str, exchange: str, routing_key: str, pattern: str, *args: Any, **kwargs: Any) -> None:
        gone = exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with self._alone(exchange):
            rows = self.get_table(exchange)
            if gone in rows:
                self._write_table(exchange, [row for row in rows if row != gone])
        self._purge(queue)

    def _write_table(self, exchange: str, rows: list[exchange_queue_t]) -> None:
        write_whole(self._table_file(exchange), dumps(rows))

    def _table_file(self, exchange: str) -> Path:
        """kombu's own name for it, which judges what an exchange may be called."""
        return Path(self._exchange_file(exchange))  # type: ignore[attr-defined]  # younger than the stubs

    @contextlib.contextmanager
    def _alone(self, exchange: str) -> Iterator[None]:
        """Two processes that bind at once both stand in the table; a lock of its own, as the table is replaced."""
        self.control_folder.mkdir(exist_ok=True)
        with self._table_file(exchange).with_suffix(".lock").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield


class Transport(filesystem.Transport):
    """To be named in CELERY_BROKER_TRANSPORT."""

    Channel = Channel
