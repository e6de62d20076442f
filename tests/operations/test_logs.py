"""Log lines are one JSON object each, say which request or task they belong to, and nothing about anybody."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from kupasi.celery import app, forget_task, name_task
from kupasi.people import logs
from kupasi.people.masking import LogMask
from tests import builders

NUMBER, PHONE = "310104199003071234", "13987654321"


class Log:
    """What was written."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.handler = logging.StreamHandler(self.stream)
        self.handler.addFilter(LogMask())
        self.handler.setFormatter(logs.JsonFormatter())

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    found, root, requests = Log(), logging.getLogger(), logs.requests
    root.addHandler(found.handler)
    level, requests_level = root.level, requests.level
    root.setLevel(logging.INFO)
    requests.setLevel(logging.INFO)
    yield found
    root.removeHandler(found.handler)
    root.setLevel(level)
    requests.setLevel(requests_level)


def test_a_line_is_one_object_whatever_is_in_it(log: Log) -> None:
    logging.getLogger("x").warning("a\r\n2026-01-01 INFO fake \x1b[31m %s", NUMBER)
    (line,) = log.lines
    assert (line["level"], line["logger"]) == ("warning", "x")
    assert NUMBER not in json.dumps(line)
    assert "\x1b" not in log.stream.getvalue()


def test_a_traceback_is_masked_and_stays_in_its_line(log: Log) -> None:
    try:
        raise ValueError(f"{PHONE}\nDETAIL:  Failing row contains (1, 哨兵).")
    except ValueError:
        logging.getLogger("x").exception("broke")
    (line,) = log.lines
    assert "ValueError" in line["exception"]
    assert not [word for word in (PHONE, "哨兵") if word in log.stream.getvalue()]


def test_what_libraries_hang_on_a_line_is_not_written(log: Log) -> None:
    logging.getLogger("x").warning("y", extra={"request": PHONE, "row": NUMBER, "status_code": 404})
    (line,) = log.lines
    assert line["status_code"] == 404
    assert {"request", "row"}.isdisjoint(line)


@pytest.mark.django_db
def test_a_request_is_one_line_with_its_number_and_without_its_address(log: Log, client: Client) -> None:
    answer = client.get("/accounts/invitation/one-time-word/", headers={"user-agent": f"{PHONE}\r\nfake"})
    (line,) = [one for one in log.lines if one["event"] == "request"]
    assert line["request"] == answer["X-Request-ID"]
    assert (line["view"], line["method"], line["account"]) == ("accept_invitation", "GET", None)
    assert "one-time-word" not in log.stream.getvalue()
    assert PHONE not in log.stream.getvalue()


@pytest.mark.django_db
def test_every_line_of_a_request_carries_its_number_and_no_other_does(log: Log) -> None:
    person = builders.signed_in(builders.a_candidate().user)
    answer = person.get("/no/such/page")
    logging.getLogger("x").warning("afterwards")
    *inside, after = log.lines
    assert {one["request"] for one in inside} == {answer["X-Request-ID"]}
    assert "request" not in after


def test_every_line_of_a_task_carries_its_name(log: Log) -> None:
    task = app.tasks["celery.chunks"]
    name_task(task_id="t-1", task=task)
    logging.getLogger("x").warning("inside")
    forget_task()
    logging.getLogger("x").warning("after")
    inside, after = log.lines
    assert (inside["task"], inside["task_id"]) == ("celery.chunks", "t-1")
    assert "task" not in after
