"""Many people at once for few places, and one person many times (quality R1, R3), each with the harm it prevents."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection

from exams.models import ExamSession, Occupation
from exams.services import places
from kupasi.errors import Refusal
from registration.enums import ApplicationStatus
from registration.models import Application, Order
from registration.services import applications
from tests.builders import a_candidate, a_draft, act, load_notice

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE, PLACES = 60, 20


def a_session(*, capacity: int) -> ExamSession:
    occupation = Occupation.objects.get(code="data-annotation")
    return ExamSession.objects.create(occupation=occupation, exam_month=date(2025, 7, 1), capacity=capacity)


def at_once(count: int, work: Callable[[int], object], *, before: Callable[[], object] = lambda: None) -> Counter[str]:
    """Run the work in threads that start together; count what came of it, by refusal code or "done"."""
    barrier, outcomes = threading.Barrier(count), []

    def run(index: int) -> None:
        try:
            before()
            barrier.wait()
            work(index)
            outcomes.append("done")
        except Refusal as refusal:
            outcomes.append(str(refusal.code))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(outcomes)


def sixty_drafts() -> list[Application]:
    load_notice()
    return [a_draft() for _ in range(PEOPLE)]


def submitted() -> int:
    return Application.objects.filter(status=ApplicationStatus.SUBMITTED).count()


def test_sixty_people_for_twenty_places_are_exactly_twenty() -> None:
    drafts, session = sixty_drafts(), a_session(capacity=PLACES)
    outcomes = at_once(PEOPLE, lambda index: applications.submit(drafts[index].pk, by=act()))
    session.refresh_from_db()
    assert outcomes == {"done": PLACES, "full": PEOPLE - PLACES}
    assert (submitted(), session.taken, Order.objects.count()) == (PLACES, PLACES, PLACES)


def test_reading_and_then_writing_would_oversell(monkeypatch: pytest.MonkeyPatch) -> None:
    drafts, session = sixty_drafts(), a_session(capacity=PLACES)
    seen = threading.local()

    def look() -> None:
        seen.taken = ExamSession.objects.get(pk=session.pk).taken

    def write(exam_session_id: int) -> None:
        if seen.taken >= PLACES:
            raise Refusal("full", "名额已满。")
        ExamSession.objects.filter(pk=exam_session_id).update(taken=seen.taken + 1)

    monkeypatch.setattr(places, "take", write)
    at_once(PEOPLE, lambda index: applications.submit(drafts[index].pk, by=act()), before=look)
    assert submitted() > PLACES


def test_twenty_clicks_on_one_draft_are_one_application() -> None:
    load_notice()
    draft = a_draft()
    outcomes = at_once(20, lambda index: applications.submit(draft.pk, by=act(draft.candidate.user)))
    assert (outcomes, Order.objects.count()) == ({"done": 20}, 1)
    assert ExamSession.objects.get().taken == 1


def test_twenty_tabs_begin_one_draft() -> None:
    load_notice()
    person = a_candidate()
    outcomes = at_once(20, lambda index: applications.start_draft(person, by=act(person.user)))
    assert (outcomes, Application.objects.count()) == ({"done": 20}, 1)


def test_the_last_place_given_back_is_taken_once() -> None:
    load_notice()
    a_session(capacity=1)
    first = applications.submit(a_draft().pk, by=act())
    drafts = [a_draft() for _ in range(5)]
    applications.withdraw(first.pk, by=act())
    outcomes = at_once(5, lambda index: applications.submit(drafts[index].pk, by=act()))
    assert outcomes == {"done": 1, "full": 4}
