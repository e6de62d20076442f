"""People look up what an institution filed for them, learn nothing about anybody else, and object (rules E4, E9)."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from kupasi import clock
from kupasi.audit.models import Entry
from kupasi.notices.models import Notice
from kupasi.people import signals
from kupasi.people.models import User
from registration.models import Roster, RosterRow
from tests import builders

from . import lists

pytestmark = pytest.mark.django_db
NOW = lists.NOW
PHONE = "19900000001"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: builders.at(NOW))


@pytest.fixture
def sms() -> list[tuple[str, str]]:
    """What phones received."""
    kept: list[tuple[str, str]] = []

    def keep(sender: object, *, phone: str, text: str, **kwargs: object) -> None:
        kept.append((phone, text))

    signals.text_wanted.connect(keep, weak=False, dispatch_uid="test-roster-sms")
    yield kept
    signals.text_wanted.disconnect(dispatch_uid="test-roster-sms")


@pytest.fixture
def clerk() -> User:
    return lists.a_member("institution_clerk", lists.a_school())


@pytest.fixture
def roster(clerk: User) -> Roster:
    return lists.submitted(clerk, lists.a_member("institution_approver", lists.a_school()))


def ask(client: Client, *, serial: int = 1, phone: str = PHONE):  # type: ignore[no-untyped-def]
    given = {"kind": "resident_id", "number": lists.number_of(serial), "phone": phone}
    return client.post(reverse("filed"), given)


def code_in(sms: list[tuple[str, str]]) -> str:
    found = re.search(r"\d{6}", sms[-1][1].replace(PHONE, ""))
    return found[0] if found else ""


def proven(client: Client, sms: list[tuple[str, str]]) -> None:
    ask(client)
    assert client.post(reverse("filed-code"), {"code": code_in(sms)})["Location"] == reverse("filed-rows")


def test_the_person_reads_what_was_filed(roster: Roster, client: Client, sms: list[tuple[str, str]]) -> None:
    proven(client, sms)
    page = client.get(reverse("filed-rows")).content.decode()
    assert "样例职业学校" in page
    assert builders.hanzi(1) in page
    assert builders.hanzi(2) not in page


@pytest.mark.parametrize(
    ("serial", "phone"),
    [(1, "19911111111"), (2, PHONE), (77, PHONE), (77, "19911111111")],
)
def test_the_answer_is_the_same_whoever_is_known(
    roster: Roster, client: Client, sms: list[tuple[str, str]], serial: int, phone: str
) -> None:
    known, other = ask(Client()), ask(client, serial=serial, phone=phone if phone != PHONE else "19922222222")
    assert (known.status_code, known["Location"]) == (other.status_code, other["Location"])
    page = client.get(reverse("filed-code")).content.decode()
    assert "没有相符记录的，请核对" in page
    assert code_in(sms) == ""
    assert client.post(reverse("filed-code"), {"code": "000000"}).status_code == 400
    assert client.get(reverse("filed-rows"))["Location"] == reverse("filed")


def test_a_draft_is_not_filed_yet(clerk: User, client: Client, sms: list[tuple[str, str]]) -> None:
    lists.a_roster(clerk)
    ask(client)
    assert code_in(sms) == ""


def test_messages_are_limited(roster: Roster, client: Client, sms: list[tuple[str, str]]) -> None:
    assert ask(client).status_code == 302
    assert ask(Client()).status_code == 400
    assert len(sms) == 1


def test_an_objection_stops_the_row_and_is_told(
    roster: Roster, client: Client, sms: list[tuple[str, str]], clerk: User
) -> None:
    proven(client, sms)
    row = RosterRow.objects.get(roster=roster, line=2)
    client.post(reverse("filed-object", args=[row.pk]), {"sure": "1"})
    row.refresh_from_db()
    assert row.objected_at == builders.at(NOW)
    assert Entry.objects.filter(action="roster.objected", object_id=str(roster.pk)).count() == 1
    letter = Notice.objects.filter(kind="roster.objected", user=clerk).first()
    assert letter is not None
    assert row.name not in letter.body


def test_an_objection_needs_the_tick_and_comes_once(roster: Roster, client: Client, sms: list[tuple[str, str]]) -> None:
    proven(client, sms)
    row = RosterRow.objects.get(roster=roster, line=2)
    client.post(reverse("filed-object", args=[row.pk]))
    row.refresh_from_db()
    assert row.objected_at is None
    for _ in range(2):
        client.post(reverse("filed-object", args=[row.pk]), {"sure": "1"})
    assert Entry.objects.filter(action="roster.objected").count() == 1


def test_nobody_objects_for_another(roster: Roster, client: Client, sms: list[tuple[str, str]]) -> None:
    proven(client, sms)
    other = RosterRow.objects.get(roster=roster, line=3)
    client.post(reverse("filed-object", args=[other.pk]), {"sure": "1"})
    stranger = Client().post(reverse("filed-object", args=[other.pk]), {"sure": "1"})
    other.refresh_from_db()
    assert other.objected_at is None
    assert stranger["Location"] == reverse("filed")


def test_what_is_open_closes_after_a_quarter_of_an_hour(
    roster: Roster, client: Client, sms: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    proven(client, sms)
    monkeypatch.setattr(clock, "now", lambda: builders.at("2025-05-20T09:16"))
    assert client.get(reverse("filed-rows"))["Location"] == reverse("filed")


def test_a_wrong_number_says_only_that_its_form_is_wrong(client: Client, sms: list[tuple[str, str]]) -> None:
    answer = client.post(reverse("filed"), {"kind": "resident_id", "number": "310104", "phone": PHONE})
    assert answer.status_code == 400
    assert sms == []
