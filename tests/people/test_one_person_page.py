"""The one-person page: everything on one line of time, as far as the role goes; and the desk that says who is who."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from discipline import services as discipline
from exams.models import AdmissionTicket, Mark
from kupasi.audit.models import Entry
from kupasi.notices.services import queue
from kupasi.people.models import Candidate, User
from registration.models import Application
from tests import builders
from tests.certificates.made import issued
from tests.registration import desk

pytestmark = pytest.mark.django_db
PEOPLE = "/admin/people/candidate/"


@pytest.fixture
def person(notice: None) -> Candidate:
    """Somebody with a certificate, a paid application, letters and an old bar."""
    holder = issued(name="测试甲").candidate
    desk.pay(desk.submitted(candidate=holder, occupation="model-application"), builders.a_user("finance"))
    discipline.register_bar(
        builders.act(when="2020-01-01T09:00"), candidate=holder, clause=None, barred_from=date(2020, 1, 1),
        barred_until=date(2020, 12, 31), source="来文",
    )  # fmt: skip
    return holder


def page_for(role: str, person: Candidate) -> str:
    return builders.signed_in(builders.a_user(role)).get(f"{PEOPLE}{person.pk}/change/").content.decode()


def test_everything_stands_on_one_line_of_time(person: Candidate) -> None:
    page = page_for("supervisor", person)
    application = Application.objects.filter(candidate=person).latest("pk")
    number = AdmissionTicket.objects.get(entry__candidate=person).number
    for words in ("到账 480.00 元", str(application.number), number, "2020-01-01 至 2020-12-31", "提交申报"):
        assert words in page, words
    assert person.certificates.get().number in page


@pytest.mark.parametrize(("role", "sees"), [("supervisor", True), ("auditor", True), ("clerk", False)])
def test_marks_are_hidden_from_those_who_read_them_masked(person: Candidate, role: str, sees: bool) -> None:
    value = f">{Mark.objects.first().value}<"
    page = page_for(role, person)
    assert (value in page) is sees
    assert (">**<" in page) is not sees


@pytest.mark.parametrize("role", ["marker", "publisher", "invigilator", "admin"])
def test_other_roles_have_no_such_page(person: Candidate, role: str) -> None:
    answer = builders.signed_in(builders.a_user(role)).get(f"{PEOPLE}{person.pk}/change/")
    assert answer.status_code in (403, 404)


def test_the_page_asks_as_often_for_many_rows_as_for_few(person: Candidate) -> None:
    office = builders.signed_in(builders.a_user("clerk"))
    office.get(f"{PEOPLE}{person.pk}/change/")  # what a process asks for once
    counts = []
    for more in (0, 30):
        for number in range(more):
            queue(builders.act(), key=f"p{number}", kind="test", subject="通知", body="正文", candidate=person)
            discipline.register_bar(
                builders.act(when="2020-01-01T09:00"), candidate=person, clause=None, barred_from=date(2019, 1, 1),
                barred_until=date(2019, 12, 31), source=f"来文 {number}",
            )  # fmt: skip
        with CaptureQueriesContext(connection) as asked:
            assert office.get(f"{PEOPLE}{person.pk}/change/").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 45


@pytest.mark.parametrize("by", ["name", "tail", "phone", "ticket", "application"])
def test_whatever_stands_on_the_paper_leads_to_the_page(person: Candidate, by: str) -> None:
    application = Application.objects.filter(candidate=person).latest("pk")
    words = {
        "name": "测试甲", "tail": person.documents.get().number_tail, "phone": person.phone,
        "ticket": AdmissionTicket.objects.get(entry__candidate=person).number, "application": str(application.number),
    }  # fmt: skip
    office = builders.signed_in(builders.a_user("clerk"))
    found = office.post(PEOPLE, {"find": words[by]}, follow=True).content.decode()
    assert f"{PEOPLE}{person.pk}/change/" in found


def identity(user: User, person: Candidate, act: str, **given: str) -> int:
    sent = {"act": act} | {f"{act}-{name}": value for name, value in given.items()}
    return builders.signed_in(user).post(f"{PEOPLE}{person.pk}/identity/", sent).status_code


def test_a_second_document_is_kept_beside_the_first_once_the_originals_were_seen(clerk: User) -> None:
    person = builders.a_candidate()
    given = {"kind": "passport", "number": "E87654321", "country": "FRA", "reason": "两份证件原件均已核对"}
    assert identity(clerk, person, "attach", **given) == 200
    assert person.documents.count() == 1
    assert identity(clerk, person, "attach", seen="on", **given) == 302
    assert person.documents.count() == 2
    assert Entry.objects.get(action="candidate.attach_document").actor == clerk


def test_somebody_elses_document_is_not_attached(clerk: User) -> None:
    person, other = builders.a_candidate(), builders.a_candidate()
    number = other.documents.get().number
    assert identity(clerk, person, "attach", kind="resident_id", number=number, seen="on", reason="两份原件") == 200
    assert (person.documents.count(), other.documents.count()) == (1, 1)


def test_the_owner_takes_a_squatted_registration_back(clerk: User) -> None:
    person = builders.a_candidate()
    squatter = person.user
    assert identity(clerk, person, "reclaim", phone="13912345678", seen="on", reason="本人持证件到场") == 302
    person.refresh_from_db()
    squatter.refresh_from_db()
    assert (person.user, person.masked_phone, squatter.is_active) == (None, "139****5678", False)


@pytest.mark.parametrize("role", ["supervisor", "auditor", "finance", "admin"])
def test_only_reviewers_settle_who_somebody_is(role: str) -> None:
    person = builders.a_candidate()
    assert identity(builders.a_user(role), person, "reclaim", phone="13912345678", seen="on", reason="本人到场") in (
        403,
        404,
    )
    assert Client().get(f"{PEOPLE}{person.pk}/identity/").status_code == 302
