"""R1: more people at once than there are places, against the served product on PostgreSQL, with sessions and CSRF.

How long they wait is measured by `bench/bench_hot.py`, which has the machine to itself.
"""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from exams.models import ExamSession
from kupasi.notices.models import Notice
from registration.enums import ApplicationStatus
from registration.models import Application, Order

from .conftest import Serve, all_hand_in
from .crowd import a_session, open_now, with_drafts
from .live import FORM, Live, outcome
from .profile import RUSH_PEOPLE, RUSH_PLACES, SEEDS

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PEOPLE, PLACES = RUSH_PEOPLE, RUSH_PLACES


def submitted() -> int:
    return Application.objects.filter(status=ApplicationStatus.SUBMITTED).count()


@pytest.mark.parametrize("seed", SEEDS)
def test_as_many_as_there_are_places_and_everybody_else_is_told_full(live: Live, seed: int) -> None:
    session, persons = a_session(open_now(), capacity=PLACES), with_drafts(PEOPLE)
    Random(seed).shuffle(persons)
    answers = all_hand_in(live, persons)
    session.refresh_from_db()
    assert Counter(map(outcome, answers)) == {"done": PLACES, "full": PEOPLE - PLACES}
    assert (submitted(), session.taken, Order.objects.count()) == (PLACES, PLACES, PLACES)
    assert Notice.objects.filter(kind="application.submitted", channel="in_app").count() == PLACES
    assert Application.objects.filter(status=ApplicationStatus.DRAFT).count() == PEOPLE - PLACES  # nobody is lost


def test_who_was_told_done_is_who_has_a_place(live: Live) -> None:
    a_session(open_now(), capacity=10)
    persons = with_drafts(30)
    answers = all_hand_in(live, persons)
    told = {person.draft for person, answer in zip(persons, answers, strict=True) if outcome(answer) == "done"}
    assert told == set(Application.objects.filter(status=ApplicationStatus.SUBMITTED).values_list("pk", flat=True))


def test_reading_and_then_writing_would_oversell(serve: Serve) -> None:
    session, persons = a_session(open_now(), capacity=PLACES), with_drafts(PEOPLE)
    with serve(app="tests.reliability.oversold:application") as live:
        all_hand_in(live, persons)
    assert submitted() > PLACES
    assert ExamSession.objects.get(pk=session.pk).taken <= PLACES  # and the count does not even notice


def test_a_post_without_the_csrf_token_is_refused(live: Live) -> None:
    a_session(open_now(), capacity=1)
    person = with_drafts(1)[0]
    browser = live.browser(person.cookie)
    answer = browser.send("POST", f"/me/applications/{person.draft}/preview/", f"token={person.token}", FORM)
    browser.close()
    assert (answer.status, submitted()) == (403, 0)
