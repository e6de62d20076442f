"""R2: the last minute of a window. Each submission gets a definite answer, and none is accepted after the closing."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.db import connection

from exams.models import ExamSession, Window
from registration.enums import ApplicationStatus
from registration.models import Application
from tests.builders import at

from .conftest import Serve, hand_in
from .crowd import Person, with_drafts
from .live import Answer, Live, at_once, outcome, percentile
from .profile import CLOSING_LEAD, CLOSING_PEOPLE, CLOSING_READERS

pytestmark = pytest.mark.django_db(transaction=True)
MIDNIGHT = at("2026-01-01T00:00:00")
LEAD = CLOSING_LEAD  # seconds from the start of the server to midnight
PEOPLE, READERS = CLOSING_PEOPLE, CLOSING_READERS
PATIENCE = 10.0  # the promise is 3 s; the other tests of a parallel run share the machine


def at_the_clock(serve: Serve, moment: str, **more: str) -> tuple[AbstractContextManager[Live], float]:
    """A server whose clock reads this now, and the real second at which it does."""
    started = time.time()
    debug = {} if connection.vendor == "sqlite" else {"DEBUG": "1"}  # a rehearsal is refused in production
    clock = {"KUPASI_REHEARSAL": "1", "KUPASI_CLOCK": moment, "KUPASI_CLOCK_STARTED": str(started)}
    return serve(**clock, **debug, **more), started


def pressed_at(live: Live, person: Person, second: float) -> Callable[[], Answer]:
    """The button, pressed at a real second."""

    def press() -> Answer:
        browser = live.browser(person.cookie)
        time.sleep(max(0.0, second - time.time()))
        answer = hand_in(browser, person)
        browser.close()
        return answer

    return press


def reading(live: Live, until: float) -> Callable[[], Answer]:
    """Somebody who reloads the calendar; the slowest of the answers, or the first that is none."""

    def read() -> Answer:
        browser, slowest = live.browser(), Answer(200, 0.0)
        while time.time() < until and slowest.status == 200:
            answer = browser.get("/calendar/")
            slowest = max((slowest, answer), key=lambda one: (one.status != 200, one.seconds))
            time.sleep(0.1)
        browser.close()
        return slowest

    return read


def test_nobody_is_left_in_doubt_and_nobody_is_late(serve: Serve) -> None:
    Window.objects.filter(closes_on="2025-12-31").get()
    persons = with_drafts(PEOPLE)
    server, started = at_the_clock(serve, f"{MIDNIGHT - timedelta(seconds=LEAD):%Y-%m-%dT%H:%M:%S}")
    with server as live:
        midnight = started + LEAD
        assert time.time() < midnight - 3, "the server took too long to start"
        seconds = [midnight + (index - PEOPLE / 2) / 10 + 0.05 for index in range(PEOPLE)]  # 2 s before to 2 s after
        presses = [pressed_at(live, person, second) for person, second in zip(persons, seconds, strict=True)]
        answers = at_once([*presses, *[reading(live, midnight + 2)] * READERS])
    told = [outcome(one) for one in answers[:PEOPLE]]
    late = [index for index, second in enumerate(seconds) if second >= midnight]
    accepted = Application.objects.filter(status=ApplicationStatus.SUBMITTED)
    assert set(told) == {"done", "closed"}
    assert {told[index] for index in late} == {"closed"}
    assert told[0] == "done"
    assert set(accepted.values_list("pk", flat=True)) == {
        person.draft for person, word in zip(persons, told, strict=True) if word == "done"
    }
    assert not accepted.filter(submitted_at__gte=MIDNIGHT).exists()
    assert ExamSession.objects.get().taken == told.count("done")
    assert {one.status for one in answers[PEOPLE:]} == {200}
    assert percentile([one.seconds for one in answers], 0.95) <= PATIENCE


def test_a_window_remembered_from_yesterday_would_let_the_late_in(serve: Serve) -> None:
    person = with_drafts(1)[0]
    app = "tests.reliability.yesterday:application"
    server, _ = at_the_clock(serve, "2026-01-01T00:00:10", app=app)
    with server as live:
        assert outcome(pressed_at(live, person, 0.0)()) == "done"
