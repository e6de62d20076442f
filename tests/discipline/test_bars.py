"""Bars notified by the authorities: registered, told, and felt by certificates (rules S5, X1)."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from certificates import services as certificates
from discipline import services
from discipline.models import Bar, Clause
from kupasi.audit.models import Entry as AuditEntry
from kupasi.errors import Refusal
from kupasi.notices.models import Notice
from kupasi.people.models import Candidate
from tests.builders import a_candidate, a_user, act
from tests.certificates.conftest import signed_in
from tests.certificates.made import ISSUED, a_series, waiting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


def barred(
    person: Candidate, *, first: date = date(2025, 7, 1), last: date = date(2027, 7, 1), source: str = "来文"
) -> Bar:
    """A bar registered by a supervisor."""
    return services.register_bar(
        act(a_user("supervisor"), "2025-07-01T09:00"),
        candidate=person,
        clause=Clause.objects.get(code="四2"),
        barred_from=first,
        barred_until=last,
        source=source,
    )


def test_a_bar_is_registered_once_told_and_recorded() -> None:
    person = a_candidate()
    assert barred(person).pk == barred(person).pk
    assert Notice.objects.in_app().filter(kind="bar_registered").count() == 1
    assert AuditEntry.objects.filter(action="bar.registered").count() == 1


def test_both_days_count() -> None:
    person = a_candidate()
    barred(person)
    days = [date(2025, 6, 30), date(2025, 7, 1), date(2027, 7, 1), date(2027, 7, 2)]
    assert [person.pk in services.barred_on(day) for day in days] == [False, True, True, False]


@pytest.mark.parametrize(
    ("last", "source", "code"), [(date(2025, 6, 30), "来文", "days_order"), (None, " ", "source_missing")]
)
def test_what_cannot_be_a_bar_is_refused(last: date | None, source: str, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        barred(a_candidate(), last=last or date(2027, 7, 1), source=source)
    assert refusal.value.code == code


def test_a_certificate_waits_while_a_bar_runs() -> None:
    (certificate,) = waiting()
    a_series()
    barred(certificate.candidate)
    assert certificates.due_ids(by=act(when=ISSUED)) == []
    with pytest.raises(Refusal) as refusal:
        certificates.issue(certificate.pk, by=act(when=ISSUED))
    assert refusal.value.code == "barred"
    assert certificates.due_ids(by=act(when="2027-07-02T09:00")) == [certificate.pk]


def test_a_supervisor_enters_one_by_document_number() -> None:
    person, desk = a_candidate(), signed_in(a_user("supervisor"))
    document = person.documents.get()
    form = {
        "kind": document.kind,
        "number": document.number.lower(),
        "clause": Clause.objects.get(code="四2").pk,
        "barred_from": "2025-07-01",
        "barred_until": "2027-07-01",
        "source": "沪示例〔2025〕1 号",
    }
    assert "没有持这份证件的人" in desk.post("/admin/discipline/bar/add/", {**form, "number": "1"}).content.decode()
    assert desk.post("/admin/discipline/bar/add/", form).status_code == 302
    assert Bar.objects.get().candidate == person
    assert desk.get("/admin/discipline/bar/").status_code == 200
    assert desk.get("/admin/discipline/clause/").status_code == 200
    assert desk.get("/admin/discipline/clause/add/").status_code == 403


def test_others_may_look_or_not_even_that() -> None:
    assert signed_in(a_user("clerk")).get("/admin/discipline/bar/add/").status_code == 403
    assert signed_in(a_user("marker")).get("/admin/discipline/bar/").status_code == 403


def test_the_api_shows_ones_own_bars(client: Client) -> None:
    person, other = a_candidate(), a_candidate()
    barred(person)
    assert person.user is not None
    assert other.user is not None
    (row,) = signed_in(person.user).get("/api/v1/bars/").json()["results"]
    assert (row["clause"], row["barred_until"]) == ("四2", "2027-07-01")
    assert signed_in(other.user).get("/api/v1/bars/").json()["count"] == 0
    assert client.get("/api/v1/bars/").status_code == 401
