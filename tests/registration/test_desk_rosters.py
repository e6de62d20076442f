"""A roster's printed list is scanned at the counter: its signed forms are received in one go, or one by one."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from registration.models import Application, RosterRow
from tests import builders

from . import group

pytestmark = pytest.mark.django_db


def scan(client: Client, code: str):  # type: ignore[no-untyped-def]
    return client.post(reverse("desk-original"), {"code": code})


def missing() -> int:
    return Application.objects.filter(original_at=None).count()


def test_the_lists_barcode_leads_to_its_forms_and_one_button_receives_them() -> None:
    made = group.filed(3)
    client = builders.signed_in(made.office)
    place = reverse("desk-roster-originals", args=[made.roster.pk])
    assert scan(client, f" {made.roster.number.lower()}\r\n")["Location"] == place
    page = client.get(place)
    assert (page.context["missing"], missing()) == (3, 3)
    assert client.post(place, {"seen": "3"})["Location"] == reverse("desk")
    assert missing() == 0
    assert client.get(place).context["missing"] == 0


def test_one_persons_form_is_that_persons_alone() -> None:
    made = group.filed(3)
    scan(builders.signed_in(made.office), made.people[1].number)
    assert [one.original_at is not None for one in made.people] == [False, True, False]


def test_another_number_than_was_counted_receives_nothing() -> None:
    made = group.filed(3)
    client = builders.signed_in(made.office)
    place = reverse("desk-roster-originals", args=[made.roster.pk])
    scan(client, made.people[0].number)
    assert client.post(place, {"seen": "3"})["Location"] == place
    assert missing() == 2


def test_whoever_objected_is_not_counted() -> None:
    made = group.filed(2)
    RosterRow.objects.filter(pk=made.rows[0].pk).update(objected_at=builders.at("2025-05-20T12:00"))
    page = builders.signed_in(made.office).get(reverse("desk-roster-originals", args=[made.roster.pk]))
    assert page.context["missing"] == 1


@pytest.mark.parametrize("code", ["", "R", "R2500000001", "R25\x00", "ＲＸＸ", "R" + "9" * 300, "'; --"])
def test_what_is_no_number_is_said(code: str) -> None:
    made = group.filed(1)
    client = builders.signed_in(made.office)
    assert scan(client, code)["Location"] == reverse("desk")
    assert missing() == 1
