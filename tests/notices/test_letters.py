"""The letter box on the page."""

from __future__ import annotations

import pytest
from django.test import Client

from kupasi.notices.models import Notice
from kupasi.notices.services import queue
from kupasi.people.models import Candidate
from tests import builders

pytestmark = pytest.mark.django_db
BOX = "/notices/mine/"


def write(person: Candidate, number: int) -> None:
    queue(builders.act(), key=f"t{number}", kind="test", subject=f"第 {number} 封", body="正文", candidate=person)


def test_one_reads_ones_own_letters_only(client: Client) -> None:
    mine, other = builders.a_candidate(), builders.a_candidate()
    write(mine, 1)
    write(other, 2)
    client.force_login(mine.user)
    page = client.get(BOX).content.decode()
    assert "第 1 封" in page
    assert "第 2 封" not in page


def test_letters_come_in_pages(client: Client) -> None:
    person = builders.a_candidate()
    for number in range(25):
        write(person, number)
    client.force_login(person.user)
    assert len(client.get(BOX).context["page"]) == 20
    assert len(client.get(f"{BOX}?page=2").context["page"]) == 5
    assert len(client.get(f"{BOX}?page=nonsense").context["page"]) == 20


def test_a_button_marks_all_as_read(client: Client) -> None:
    mine, other = builders.a_candidate(), builders.a_candidate()
    write(mine, 1)
    write(other, 2)
    client.force_login(mine.user)
    assert client.get(BOX).context["unread"] == 1
    client.post(BOX)
    assert client.get(BOX).context["unread"] == 0
    assert Notice.objects.get(candidate=other, channel="in_app").read_at is None


def test_nobody_reads_letters_without_signing_in(client: Client) -> None:
    assert client.get(BOX).url.startswith("/accounts/login/")
