"""Verifications a second, whole requests through gunicorn, against the plainest Django view with the same lookup.

Both are served by the house's gunicorn configuration on one database and asked by one client over a kept connection.
The reference finds the row by its number, compares the name and answers with JSON: no rate limit, no stranger's
answer that must cost the same, no header. The limit of the product is lifted for the measurement: it stops a client
long before a figure is there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from django.conf import settings
from django.core.management import call_command

from bench.harness import Row, compare, seconds_each
from tests import builders
from tests.certificates import made
from tests.reliability.live import Browser, served

TIMES = 100
NAME = "张三丰"


def rows() -> Iterator[Row]:
    """Seconds of one verification by number and name."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", "--noinput", verbosity=0)
    builders.load_notice()
    made.issued(name=NAME)
    place = dict(os.environ, DATA_DIR=str(settings.DATA_DIR), WEB_WORKERS="1", VERIFY_RATE="1000000/min")
    asked = urlencode({"number": made.NUMBER, "name": NAME})
    with TemporaryDirectory() as name:
        folder = Path(name)
        with served(folder, place=place) as ours, served(folder, app="bench.plain.wsgi", place=place) as plain:
            yield compare(
                "verification by number and name (whole request)",
                ours=lambda: each(ours.browser(), f"/api/v1/certificates/verify/?{asked}"),
                against="minimal Django view, same lookup, same server",
                reference=lambda: each(plain.browser(), f"/verify/?{asked}"),
                goal=1.5,
            )


def each(browser: Browser, path: str) -> float:
    """Seconds of one of many requests; every one of them must have said that it is valid."""

    def ask() -> None:
        answer = browser.get(path)
        if answer.status != 200 or '"valid"' not in answer.body:
            raise SystemExit(f"{answer.status} {answer.body[:200]}")

    return seconds_each(ask, times=TIMES)
