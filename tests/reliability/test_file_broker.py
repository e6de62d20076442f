"""The embedded broker: no reader meets half a message, and one that is unreadable nevertheless stops nobody."""

from __future__ import annotations

import json
import logging
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu.exceptions import ChannelError
from kombu.transport import filesystem

from kupasi import file_broker
from kupasi.operations.services import parts
from tests.operations.places import ROOT

from .spool import SIZE, channel, message

OURS, KOMBU = file_broker.Transport, filesystem.Transport
WRITERS, EACH = 4, 150


class Looked:
    """Part of a message; as it is turned into text for the file, a reader looks into the queue."""

    def __init__(self, look: Callable[[], None]) -> None:
        self.look = look

    def __json__(self) -> str:
        self.look()
        return "seen"


def met_while_written(transport: Any, folder: Path) -> list[str]:
    """What a reader meets in the middle of a writer's work."""
    met: list[str] = []

    def look() -> None:
        try:
            channel(transport, folder)._get("work")
        except (Empty, ValueError) as problem:
            met.append(type(problem).__name__)

    channel(transport, folder)._put("work", message("m") | {"look": Looked(look)})
    return met


def test_the_worker_and_the_clock_of_an_embedded_install_use_these_files() -> None:
    environment = {key: value for key, value in os.environ.items() if key not in {"REDIS_URL", "DATABASE_URL"}}
    asked = "from kupasi.celery import app; print(type(app.connection().transport).__module__)"
    told = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (told.stdout, told.stderr) == ("kupasi.file_broker\n", "")


def test_a_reader_meets_nothing_while_a_message_is_written(tmp_path: Path) -> None:
    assert met_while_written(OURS, tmp_path) == ["Empty"]
    assert channel(OURS, tmp_path)._get("work")["look"] == "seen"


def test_twin_by_kombu_alone_the_reader_takes_an_empty_file_and_the_message_is_lost(tmp_path: Path) -> None:
    assert met_while_written(KOMBU, tmp_path) == ["JSONDecodeError"]
    with pytest.raises(Empty):
        channel(KOMBU, tmp_path)._get("work")


def test_of_many_writers_each_message_is_read_whole_and_once(tmp_path: Path) -> None:
    mine, read = channel(OURS, tmp_path), []
    argv = [sys.executable, "-m", "tests.reliability.spool", str(tmp_path)]
    writers = [subprocess.Popen([*argv, f"w{one}", str(EACH)], cwd=ROOT) for one in range(WRITERS)]
    left = True
    while left:
        left = any(one.poll() is None for one in writers)  # asked before the look: what ended has written all
        while mine._size("work"):
            found = mine._get("work")
            read.append(found["properties"]["delivery_tag"])
            assert len(found["body"]) == SIZE
    assert [one.returncode for one in writers] == [0] * WRITERS
    assert sorted(read) == sorted(f"w{one}-{number}" for one in range(WRITERS) for number in range(EACH))
    assert sorted(row.routing_key for row in mine.get_table("table")) == sorted(
        f"w{one}-{line}" for one in range(WRITERS) for line in range(10)
    )


class SmallDisk:
    """The kernel itself refuses what would make a file longer than this, as a disk that is full."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __enter__(self) -> None:
        self.before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.size, self.before[1]))

    def __exit__(self, *problem: Any) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self.before)


def test_on_a_full_disk_nothing_is_left_and_the_sender_is_told(tmp_path: Path) -> None:
    mine = channel(OURS, tmp_path)
    with SmallDisk(100), pytest.raises(ChannelError):
        mine._put("work", message("m", size=1000))
    assert list((tmp_path / "queue").iterdir()) == []
    mine._put("work", message("m", size=1000))
    assert mine._get("work")["properties"]["delivery_tag"] == "m"


def test_twin_by_kombu_alone_half_a_message_stays_and_its_reader_ends(tmp_path: Path) -> None:
    theirs = channel(KOMBU, tmp_path)
    with SmallDisk(100):
        theirs._put("work", message("m", size=1000))  # not even the sender is told
    with pytest.raises(json.JSONDecodeError):
        theirs._get("work")


GARBAGE = {
    "empty": b"",
    "half": json.dumps(message("m", size=50)).encode()[:40] + b"private-words",
    "zeros": b"\0" * 64,
    "not text": b"\xff\xfe\xfa",
    "no message": b"[1, 2]",
    "no properties": b'{"body": "private-words"}',
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("content", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_set_aside_once_and_the_next_is_read(
    content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mine = channel(OURS, tmp_path)
    (tmp_path / "queue" / "0_first.work.msg").write_bytes(content)
    mine._put("work", message("next"))
    with caplog.at_level(logging.ERROR):
        assert mine._get("work")["properties"]["delivery_tag"] == "next"
    assert [one.name for one in (tmp_path / "queue").iterdir()] == ["0_first.work.msg.unreadable"]
    assert (tmp_path / "queue" / "0_first.work.msg.unreadable").read_bytes() == content
    assert len(caplog.records) == 1
    assert "0_first.work.msg" in caplog.text
    assert "private" not in caplog.text
    with pytest.raises(Empty):
        mine._get("work")


@pytest.mark.parametrize("content", [b"", b'[["a", "", "wo', b'{"a": 1}', b"[[1]]"])
def test_a_table_that_is_garbage_becomes_ones_own_bindings_and_is_written_anew(content: bytes, tmp_path: Path) -> None:
    mine = channel(OURS, tmp_path)
    mine.exchange_declare("table", type="direct")
    mine.queue_declare("work")
    mine.queue_bind("work", "table", "work")
    (tmp_path / "control" / "table.exchange").write_bytes(content)
    assert [row.queue for row in mine.get_table("table")] == ["work"]
    mine._queue_bind("table", "other", "", "other")
    assert {row.queue for row in channel(OURS, tmp_path).get_table("table")} >= {"other"}
    mine._delete("other", "table", "other", "")
    assert "other" not in {row.queue for row in mine.get_table("table")}


def test_the_operator_is_told_what_was_set_aside(tmp_path: Path, settings: Any) -> None:
    channel(OURS, tmp_path)
    settings.REDIS_URL = ""
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_in": str(tmp_path / "queue")}
    assert parts.broker().level == "ok"
    (tmp_path / "control" / "table.exchange.unreadable").touch()
    assert parts.broker().level == "warn"


def test_the_start_sweeps_what_killed_writers_left(tmp_path: Path) -> None:
    (tmp_path / "1_a.work.msg").touch()
    (tmp_path / "2_b.work.msg.1f.part").touch()
    file_broker.sweep(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["1_a.work.msg"]
