"""Submitting an application, whole requests through gunicorn, against the plainest Django view that writes the same.

Both are served by the house's gunicorn configuration on one database, with sessions and CSRF on, and asked by one
client over a kept connection. The form page is the preview whose button makes the submission.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.management import call_command

from bench.harness import PAIRS, Row, compare
from tests import builders
from tests.reliability import crowd
from tests.reliability.crowd import Person
from tests.reliability.live import Answer, Browser, Live, served

TIMES = 20
ROUNDS = PAIRS + 1


def rows() -> Iterator[Row]:
    """Seconds of one submission, and of one form page."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", "--noinput", verbosity=0)
    builders.load_notice()
    crowd.a_session(crowd.open_now(), capacity=None)
    place = dict(os.environ, DATA_DIR=str(settings.DATA_DIR), WEB_WORKERS="1")
    with TemporaryDirectory() as name:
        folder = Path(name)
        with served(folder, place=place) as ours, served(folder, app="bench.plain.wsgi", place=place) as plain:
            yield from measured(ours, plain)


def measured(ours: Live, plain: Live) -> Iterator[Row]:
    """The two rows, with fresh people for every round of submissions."""
    people = iter(crowd.with_drafts(TIMES * ROUNDS * 3))
    readers = crowd.with_drafts(TIMES)
    yield compare(
        "submit an application (whole request)",
        ours=lambda: each(ours, few(people), submit),
        against="minimal Django view, same inserts, same server",
        reference=lambda: each(plain, few(people), submit_plainly),
        goal=1.5,
    )
    yield compare(
        "application form page",
        ours=lambda: each(ours, readers, look),
        against="the submit request",
        reference=lambda: each(ours, few(people), submit),
        goal=1.0,
    )


def few(people: Iterator[Person]) -> list[Person]:
    """The next people."""
    return [next(people) for _ in range(TIMES)]


def each(live: Live, people: list[Person], act: Callable[[Browser, Person], Answer]) -> float:
    """Seconds of the middle one of these requests, each by another person, over one connection."""
    browser, taken = live.browser(), []
    for person in people:
        browser.cookie = person.cookie
        taken.append(act(browser, person).seconds)
    browser.close()
    return median(taken)


def submit(browser: Browser, person: Person) -> Answer:
    """Ours; it must have been accepted."""
    answer = browser.post(f"/me/applications/{person.draft}/preview/", {"token": person.token})
    assert answer.location.endswith("/submitted/"), answer
    return answer


def submit_plainly(browser: Browser, person: Person) -> Answer:
    """The reference; it must have been accepted."""
    answer = browser.post(f"/submit/{person.draft}/", {})
    assert answer.location.endswith("/submitted/"), answer
    return answer


def look(browser: Browser, person: Person) -> Answer:
    """The page with the form; it must have been served."""
    answer = browser.get(f"/me/applications/{person.draft}/preview/")
    assert answer.status == 200, answer
    return answer
