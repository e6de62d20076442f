"""What is past its time goes by itself, once a day (section 10)."""

from __future__ import annotations

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from discipline.models import Bar
from exams.models import Entry
from kupasi.audit.models import Entry as AuditEntry
from kupasi.audit.services import seal, verify
from kupasi.dates import add_years, month_end
from kupasi.operations.services.retention import daily
from kupasi.people.models import Candidate, ErasedPerson, Photo, User
from kupasi.people.services import privacy, retention
from registration.models import Application
from registration.services import applications
from tests import builders
from tests.certificates.made import issued

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(notice: None) -> Candidate:
    """Somebody whose filed application came to an end in May 2025."""
    someone = builders.a_candidate(name="测试丁")
    User.objects.filter(pk=someone.user.pk).update(date_joined=someone.created_at)
    application = builders.an_application(someone)
    applications.withdraw(application.pk, by=builders.act(someone.user, "2025-05-21T09:00"))
    return someone


def last_day(person: Candidate) -> date:
    """The last day on which the application is kept."""
    return add_years(month_end(person.applications.get().exam_session.exam_month), 5)


def on(day: date) -> retention.Tally:
    return retention.run(builders.act(when=f"{day}T03:00"))


def test_an_application_file_goes_five_years_after_its_batch(person: Candidate) -> None:
    person.user.last_login = builders.at("2030-08-01T09:00")  # still a visitor: only the file goes
    person.user.save()
    on(last_day(person))
    assert Application.objects.get().name == "测试丁"
    tally = on(last_day(person) + timedelta(days=1))
    application = Application.objects.get()
    assert (application.name, application.employer, application.photo, bool(application.number)) == ("", "", None, True)
    assert (tally.rows >= 1, Candidate.objects.get().name) == (True, "测试丁")


def test_who_has_not_come_for_five_years_is_forgotten(person: Candidate) -> None:
    assert on(last_day(person) + timedelta(days=1)).forgotten == 1
    assert (Candidate.objects.get().name, Photo.objects.count()) == (privacy.ERASED, 0)
    assert ErasedPerson.objects.get().finished_at is not None


def test_an_erasure_is_finished_when_the_duty_ends(person: Candidate) -> None:
    privacy.erase(person.pk, by=builders.act(when="2025-06-01T09:00"))
    on(last_day(person))
    assert ErasedPerson.objects.get().finished_at is None
    on(last_day(person) + timedelta(days=1))
    assert Candidate.objects.get().name == privacy.ERASED


def test_the_register_of_certificates_stays_for_ever(notice: None) -> None:
    holder = issued().candidate
    on(date(2125, 1, 1))
    holder.refresh_from_db()
    assert holder.name != privacy.ERASED
    assert holder.documents.get().number != ""


def test_a_breach_stays_with_the_person_until_its_time(person: Candidate) -> None:
    bar = {"barred_from": date(2025, 6, 1), "barred_until": date(2030, 5, 31), "source": "决定书 2"}
    Bar.objects.create(candidate=person, recorded_at=builders.at("2025-06-01T09:00"), **bar)
    on(date(2035, 5, 31))
    assert (Bar.objects.get().source, Candidate.objects.get().name) == ("决定书 2", "测试丁")
    on(date(2035, 6, 1))
    assert (Bar.objects.get().source, Candidate.objects.get().name) == (privacy.ERASED, privacy.ERASED)


def test_looking_changes_nothing(person: Candidate) -> None:
    lines = AuditEntry.objects.count()
    tally, who = retention.look(last_day(person) + timedelta(days=1))
    assert (who, sum(tally.persons.values()) >= 1) == ({person.pk}, True)
    assert (Application.objects.get().name, AuditEntry.objects.count()) == ("测试丁", lines)


def test_a_second_round_finds_nothing(person: Candidate) -> None:
    day = last_day(person) + timedelta(days=1)
    on(day)
    lines = AuditEntry.objects.count()
    assert on(day) == retention.Tally()
    assert AuditEntry.objects.count() == lines


def test_the_job_runs_once_a_day(person: Candidate) -> None:
    assert daily(builders.act(when="2025-06-01T03:00")) is not None
    assert daily(builders.act(when="2025-06-01T04:00")) is None
    assert daily(builders.act(when="2025-06-02T03:00")) is not None


def test_every_round_is_recorded_and_the_chain_stays_whole(person: Candidate) -> None:
    on(last_day(person) + timedelta(days=1))
    assert AuditEntry.objects.filter(action="privacy.erase").exists()
    seal()
    assert verify().whole
    assert not Entry.objects.exists()


def test_the_command_counts_without_naming(person: Candidate) -> None:
    out = StringIO()
    call_command("retention", "--dry-run", stdout=out)
    call_command("retention", stdout=out)
    assert "测试丁" not in out.getvalue()
    assert Application.objects.get().name == "测试丁"
