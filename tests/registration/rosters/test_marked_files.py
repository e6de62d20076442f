"""The marked workbook of a large file is made by the worker, with a true count, behind its own door (R14)."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from kupasi import clock
from kupasi.errors import Refusal
from kupasi.people.models import User
from kupasi.people.tokens import make_token
from registration.enums import MakingState
from registration.models import MarkedFile, RosterRow, RosterUpload
from registration.services import rosters
from registration.services.rosters import making, marked_files
from registration.sheets.enums import Column
from tests import builders

from . import made

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
AT = builders.at("2025-05-20T09:30")


@pytest.fixture(autouse=True)
def small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than two rows are many; it is half past nine."""
    monkeypatch.setattr(marked_files, "AT_ONCE", 2)
    monkeypatch.setattr(making, "STEP", 1)
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture
def scribe() -> User:
    return made.a_member(made.an_institution())


@pytest.fixture
def upload(scribe: User) -> RosterUpload:
    """Three rows, one of them bad."""
    return made.judged(made.a_roster(scribe), [made.line(1), made.line(2, 手机="12"), made.line(3)])


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def ask(upload: RosterUpload, scribe: User) -> MarkedFile:
    return marked_files.ask(upload.pk, by=builders.act(scribe, made.ON))


def worked(one: MarkedFile) -> MarkedFile:
    marked_files.process(one.pk, now=lambda: AT)
    one.refresh_from_db()
    return one


def test_it_is_asked_for_made_and_fetched(upload: RosterUpload, scribe: User) -> None:
    client, page = browser(scribe), reverse("institution-marking", args=[upload.pk])
    file = reverse("institution-marked", args=[upload.pk])
    assert client.get(file)["Location"] == page
    client.post(page)
    assert "排队等待" in client.get(page).content.decode()
    worked(MarkedFile.objects.get())
    assert client.get(page + "?bar=1")["HX-Refresh"] == "true"
    book = openpyxl.load_workbook(io.BytesIO(client.get(file).content))
    assert book["名单"].cell(3, 1).value == builders.hanzi(2)


def test_asking_twice_makes_it_once(upload: RosterUpload, scribe: User) -> None:
    first = worked(ask(upload, scribe))
    assert (ask(upload, scribe).pk, first.done, first.total) == (first.pk, 3, 3)


def test_a_row_changed_since_makes_it_old(upload: RosterUpload, scribe: User) -> None:
    first = worked(ask(upload, scribe))
    row = RosterRow.objects.get(upload=upload, line=3)
    rosters.edit_row(row.pk, cells={Column.PHONE: "19900000002"}, by=builders.act(scribe, "2025-05-20T09:40"))
    assert marked_files.current(upload) is None
    assert ask(upload, scribe).pk != first.pk


def test_a_second_worker_leaves_it_alone_and_a_silent_one_is_followed(upload: RosterUpload, scribe: User) -> None:
    one = ask(upload, scribe)
    gone = {"state": MakingState.MAKING, "claim": "dead", "heartbeat": AT}
    MarkedFile.objects.filter(pk=one.pk).update(**gone)
    assert worked(one).state == MakingState.MAKING
    assert marked_files.due(AT + timedelta(seconds=61)) == [one.pk]
    marked_files.process(one.pk, now=lambda: AT + timedelta(seconds=61))
    assert marked_files.current(upload).state == MakingState.READY  # type: ignore[union-attr]


def test_a_worker_that_was_overtaken_keeps_nothing(upload: RosterUpload, scribe: User, monkeypatch: Any) -> None:
    one, writing = ask(upload, scribe), marked_files.write_marked_for

    def overtaken(*args: Any, **more: Any) -> None:
        writing(*args, **more)
        MarkedFile.objects.filter(pk=one.pk).update(claim="another")

    monkeypatch.setattr(marked_files, "write_marked_for", overtaken)
    assert (worked(one).state, one.file.name) == (MakingState.MAKING, "")


def test_after_three_deaths_it_is_given_up_and_may_be_asked_again(upload: RosterUpload, scribe: User) -> None:
    one = ask(upload, scribe)
    MarkedFile.objects.filter(pk=one.pk).update(attempts=3)
    assert worked(one).state == MakingState.FAILED
    assert ask(upload, scribe).state == MakingState.QUEUED


def test_it_goes_with_its_file_and_after_a_week(
    upload: RosterUpload, scribe: User, django_capture_on_commit_callbacks: Any
) -> None:
    path = Path(worked(ask(upload, scribe)).file.path)
    marked_files.drop_old(AT + timedelta(days=6))
    assert path.exists()
    with django_capture_on_commit_callbacks(execute=True):
        rosters.discard_upload(upload.pk, by=builders.act(scribe, made.ON))
    assert (MarkedFile.objects.exists(), path.exists()) == (False, False)
    with pytest.raises(Refusal):
        ask(upload, scribe)


def test_a_week_later_it_is_gone(upload: RosterUpload, scribe: User) -> None:
    worked(ask(upload, scribe))
    marked_files.drop_old(AT + timedelta(days=8))
    assert not MarkedFile.objects.exists()


def test_another_institution_finds_nothing(upload: RosterUpload, scribe: User) -> None:
    worked(ask(upload, scribe))
    stranger = browser(made.a_member(made.an_institution()))
    names = ("institution-marking", "institution-marked")
    assert [stranger.get(reverse(name, args=[upload.pk])).status_code for name in names] == [404, 404]


def test_the_api_says_how_far_it_is_and_then_hands_it_over(upload: RosterUpload, scribe: User) -> None:
    token, _ = make_token(scribe, at=builders.at("2025-05-20T09:29"))
    address, headers = f"/api/v1/rosters/{upload.roster_id}/workbook/", {"authorization": f"Bearer {token}"}
    first = Client().get(address, headers=headers)
    assert (first.status_code, first.json()["state"], first.headers["Retry-After"]) == (202, "queued", "5")
    worked(MarkedFile.objects.get())
    second = Client().get(address, headers=headers)
    assert (second.status_code, second.getvalue()[:2]) == (200, b"PK")
