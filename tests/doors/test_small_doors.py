"""WB-022, 030, 036, 037, OP-001, 016, 018, 020, 029: each sample and its siblings, tried."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.urls import reverse
from kombu.exceptions import ContentDisallowed
from kombu.serialization import dumps, loads, prepare_accept_content

from exams.models import OccupationCondition
from kupasi import clock
from kupasi.celery import app
from kupasi.people import crypto
from kupasi.people.models import Candidate, IdentityDocument, User
from kupasi.people.services.ring import expect_keys
from registration.models import Application
from tests import builders

pytestmark = pytest.mark.django_db
PHONE = "13912345678"


@pytest.mark.parametrize(
    "query",
    [
        "_connector=OR%201=1", "order_by=candidate__user__password", "ordering=-candidate__user__password",
        "institution__secret__startswith=a", "fields=*", "candidate=1%20OR%201=1", "status=__class__", "%00=1",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["applications", "orders", "payments", "entries", "results", "certificates", "bars"])
def test_no_key_of_a_query_reaches_the_rows(query: str, name: str) -> None:
    person = builders.signed_in(builders.a_candidate().user)
    plain = person.get(f"/api/v1/{name}/")
    answer = person.get(f"/api/v1/{name}/?{query}")
    assert answer.status_code in (200, 400)
    assert answer.status_code == 400 or answer.json()["results"] == plain.json()["results"]


def ready_to_submit() -> tuple[Client, str, dict[str, Any]]:
    """A browser, the address of its last step, and what it sends there."""
    draft = builders.a_draft()
    client = builders.signed_in(draft.candidate.user)
    door = reverse("apply-preview", args=[draft.pk])
    conditions = list(OccupationCondition.objects.filter(occupation=draft.occupation).values_list("pk", flat=True))
    assert conditions
    return client, door, {"token": str(client.get(door).context["form"].expected)}


@pytest.mark.usefixtures("notice")
@pytest.mark.parametrize(
    ("moment", "taken"), [("2025-12-31T23:59:59.900000", True), ("2026-01-01T00:00:00.100000", False)]
)
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "UTC", "America/New_York"])
def test_the_closing_day_counts_to_its_last_second(
    monkeypatch: pytest.MonkeyPatch, moment: str, taken: bool, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    monkeypatch.setattr(clock, "now", lambda: builders.at("2025-12-31T23:00"))
    client, door, sent = ready_to_submit()
    monkeypatch.setattr(clock, "now", lambda: builders.at(moment))
    lies = {"date": "Wed, 31 Dec 2025 01:00:00 GMT", "x-submitted-at": "2025-12-31T10:00:00+08:00"}
    client.post(door, {**sent, "applied_at": "2025-12-31", "submitted_at": "2025-12-31T10:00"}, headers=lies)
    assert Application.objects.exclude(submitted_at=None).exists() is taken


@pytest.mark.usefixtures("notice")
def test_a_field_sent_twice_has_one_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is checked is what is written: the last one."""
    monkeypatch.setattr(clock, "now", lambda: builders.at("2025-05-20T09:00"))
    draft = builders.a_draft()
    client, door = builders.signed_in(draft.candidate.user), reverse("apply-step", args=[draft.pk, "subjects"])
    client.post(door, {"occupation": ["model-application", "data-annotation"]})
    draft.refresh_from_db()
    assert draft.occupation.code == "data-annotation"
    client.post(door, {"occupation": ["data-annotation", "no-such-thing"]})
    draft.refresh_from_db()
    assert draft.occupation.code == "data-annotation"


@pytest.mark.parametrize("role", ["auditor", "supervisor", "admin", "clerk"])
def test_a_forged_list_edit_changes_nothing(role: str) -> None:
    person = builders.a_candidate(name="测试甲")
    sent = {
        "form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": str(person.pk), "form-0-name": "伪造",
        "form-0-is_superuser": "on", "_save": "1", "name": "伪造", "is_superuser": "on", "groups": "1",
    }  # fmt: skip
    office = builders.signed_in(builders.a_user(role))
    for model, pk in (("people/candidate", person.pk), ("people/user", person.user.pk)):
        for path in (f"/admin/{model}/", f"/admin/{model}/{pk}/change/", f"/admin/{model}/add/"):
            assert office.post(path, sent).status_code < 500
    assert (Candidate.objects.get().name, User.objects.filter(is_superuser=True).exists()) == ("测试甲", False)


def test_a_dump_holds_no_plain_hash_of_a_number() -> None:
    person = builders.a_candidate(phone=PHONE)
    words = [person.documents.get().number, PHONE]
    plain = [hashlib.new(name, one.encode()).hexdigest() for one in words for name in ("md5", "sha1", "sha256")]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            dumped = str(cursor.fetchall())
            assert [one for one in (*words, *plain) if one in dumped] == [], table


def test_with_other_keys_nothing_starts_and_nothing_is_overwritten(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    builders.a_candidate()
    expect_keys()
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM people_identitydocument")
        before = cursor.fetchall()
    settings.FIELD_KEYS = [(settings.FIELD_KEYS[0][0], b"x" * 32)]
    crypto._ring.cache_clear()
    try:
        with pytest.raises(ImproperlyConfigured):
            expect_keys()
    finally:
        monkeypatch.undo()
        crypto._ring.cache_clear()
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM people_identitydocument")
        assert cursor.fetchall() == before


def test_with_another_index_key_nothing_starts() -> None:
    builders.a_candidate()
    IdentityDocument.objects.update(number_index="0" * 64)  # as another key would have made it
    with pytest.raises(ImproperlyConfigured):
        expect_keys()


@pytest.mark.parametrize("kind", ["pickle", "yaml"])
def test_a_task_in_pickle_is_refused(kind: str) -> None:
    accepted = prepare_accept_content(app.conf.accept_content)
    content_type, encoding = f"application/x-{'python-serialize' if kind == 'pickle' else 'yaml'}", "binary"
    with pytest.raises(ContentDisallowed):
        loads(b"cos\nsystem\n(S'true'\ntR.", content_type, encoding, accept=accepted)
    kind_of, _, body = dumps({"a": 1}, serializer="json")
    assert loads(body, kind_of, "utf-8", accept=accepted) == {"a": 1}


@pytest.mark.parametrize(
    "words", ["甲" * 10_000, "%" * 200, "\\" * 200, "(a+)+$" * 50, " OR ".join("ab" for _ in range(1000)), "\x00", "_%"]
)
def test_a_search_for_nonsense_is_short_and_finds_nobody(words: str) -> None:
    builders.a_candidate(name="测试甲")
    office = builders.signed_in(builders.a_user("clerk"))
    for path in ("people/candidate/", "registration/application/", "certificates/certificate/"):
        answer = office.post(f"/admin/{path}", {"find": words}, follow=True)
        assert answer.status_code in (200, 400), path
        assert "测试甲" not in answer.content.decode()
    answer = office.get("/api/v1/certificates/verify/", {"number": words, "name": words})
    assert answer.status_code in (200, 400, 429)
