"""Results are out: applications conclude; and the sweeps hand one id to each task."""

from __future__ import annotations

from datetime import date

import pytest

from certificates.models import Certificate
from exams.signals import results_published
from kupasi.people.models import User
from registration import tasks
from registration.enums import ApplicationStatus
from registration.models import Application
from registration.services import status
from tests import builders
from tests.exams.marking import an_exam
from tests.registration import desk
from tests.registration.test_review import lines

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


def test_published_results_conclude_the_application_once(clerk: User, finance: User) -> None:
    found, other = desk.approved(clerk), desk.approved(clerk)
    for one in (found, other):
        desk.pay(one, finance)
    found.refresh_from_db()
    for _ in range(2):
        results_published.send(None, exam_session_id=1, entry_ids=[found.entry_id], by=builders.act(clerk))
    states = dict(Application.objects.values_list("pk", "status"))
    assert (states[found.pk], states[other.pk]) == (ApplicationStatus.CONCLUDED, ApplicationStatus.CONFIRMED)
    assert lines("application.concluded") == 1


def test_a_sweep_gives_one_id_to_each_task(clerk: User, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [desk.approved(clerk).pk for _ in range(2)]
    given: list[int] = []
    monkeypatch.setattr(tasks.lapse_one, "delay", given.append)
    monkeypatch.setattr("kupasi.clock.now", lambda: builders.at("2025-06-16T00:00:00"))
    tasks.lapse_unpaid()
    assert given == found
    for pk in given:
        tasks.lapse_one(pk)
        tasks.lapse_one(pk)
    assert lines("application.lapsed") == 2


def test_the_warning_sweep_finds_those_due_soon(clerk: User, monkeypatch: pytest.MonkeyPatch) -> None:
    found = desk.approved(clerk).pk
    given: list[int] = []
    monkeypatch.setattr(tasks.warn_one, "delay", given.append)
    monkeypatch.setattr("kupasi.clock.now", lambda: builders.at("2025-06-14T08:00:00"))
    tasks.warn_unpaid()
    tasks.warn_one(found)
    tasks.warn_unpaid()
    assert (given, lines("application.payment_warned")) == ([found], 1)


def test_whoever_passed_is_led_to_the_certificate() -> None:
    exam = an_exam(people=1)
    application = Application(status=ApplicationStatus.CONCLUDED, entry=exam.entries[0])
    assert status.next_step(application).page == "results"
    entry = exam.entries[0]
    Certificate.objects.create(
        candidate=entry.candidate,
        occupation=exam.session.occupation,
        entry=entry,
        title="证书",
        name=entry.candidate.name,
        document=entry.candidate.documents.get(),
        level="专项职业能力",
        qualified_on=date(2025, 8, 1),
        created_at=builders.at("2025-08-01T09:00"),
    )
    assert "正在制作" in status.next_step(application).say
