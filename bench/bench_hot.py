"""Fifty clients handing in for one exam session against the same load spread over many; then 500 people for 100 places.

Whole requests through gunicorn with sessions and CSRF on; the server is the house's own configuration.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.management import call_command

from bench.bench_submit import submit
from bench.harness import PAIRS, Row, compare, seconds
from exams.models import ExamSession, Occupation
from registration.enums import ApplicationStatus
from registration.models import Application
from tests import builders
from tests.reliability import crowd
from tests.reliability.conftest import all_hand_in
from tests.reliability.crowd import Person
from tests.reliability.live import Live, at_once, outcome, percentile, served

CLIENTS, EACH = 50, 2
RUSH, PLACES, LONGEST = 500, 100, 5.0


def rows() -> Iterator[Row]:
    """The hot row against many; then the rush."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", "--noinput", verbosity=0)
    builders.load_notice()
    crowd.open_now()
    place = dict(os.environ, DATA_DIR=str(settings.DATA_DIR))
    with TemporaryDirectory() as folder, served(Path(folder), place=place) as live:
        yield hot(live)
        yield from rush(live)


def hot(live: Live) -> Row:
    """Submissions a second, all for one session and spread over the sessions of every occupation."""
    load, rounds = CLIENTS * EACH, PAIRS + 1
    codes = list(Occupation.objects.public().values_list("code", flat=True))
    one = iter(crowd.with_drafts(load * rounds))
    many = interleaved([crowd.with_drafts(-(-load * rounds // len(codes)), occupation=code) for code in codes])
    return compare(
        "one hot session, 50 clients",
        ours=lambda: load / seconds(lambda: all_at_once(live, list(islice(one, load)))),
        against=f"the same load spread over {len(codes)} sessions",
        reference=lambda: load / seconds(lambda: all_at_once(live, list(islice(many, load)))),
        goal=0.85,
        unit="submissions/s",
        at_most=False,
    )


def interleaved(groups: list[list[Person]]) -> Iterator[Person]:
    """One of each group in turn."""
    iterators = [iter(group) for group in groups]
    return (person for turn in cycle(iterators) if (person := next(turn, None)))


def all_at_once(live: Live, people: list[Person]) -> None:
    """Fifty clients, each handing in for several people one after another; every one must be accepted."""
    at_once([partial(client, live, people[at::CLIENTS]) for at in range(CLIENTS)])


def client(live: Live, people: list[Person]) -> None:
    browser = live.browser()
    for person in people:
        browser.cookie = person.cookie
        submit(browser, person)
    browser.close()


def rush(live: Live) -> Iterator[Row]:
    """What must not happen when 500 people press the button at the same moment, and how long they wait."""
    session = crowd.a_session(crowd.open_now(), capacity=None)
    ExamSession.objects.filter(pk=session.pk).update(capacity=session.taken + PLACES)
    sold = Application.objects.filter(status=ApplicationStatus.SUBMITTED, exam_session=session)
    before = sold.count()
    answers = all_hand_in(live, crowd.with_drafts(RUSH))
    told, places = Counter(map(outcome, answers)), sold.count() - before
    wrong = abs(places - PLACES) + abs(told["done"] - PLACES) + abs(told["full"] - (RUSH - PLACES))
    name = f"{RUSH} clients for {PLACES} places"
    yield Row(f"{name}: sold wrongly, lost or 5xx", wrong, "", "people", RUSH, wrong / RUSH, goal=0.0)
    slow = percentile([one.seconds for one in answers], 0.95)
    yield Row(f"{name}: p95", slow, "s", "what is promised", LONGEST, slow / LONGEST, goal=1.0)
