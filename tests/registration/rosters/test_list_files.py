"""A large list as a workbook or on paper is made by the worker, never by a page; a small one is made at once (R14)."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from kupasi import clock
from kupasi.people.models import User
from registration.enums import ListPaper, MakingState
from registration.models import ListFile, Roster
from registration.services import rosters
from registration.services.rosters import forgetting, list_files, making, papers
from tests import builders

from . import made

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
AT = builders.at("2025-05-20T09:30")


@pytest.fixture(autouse=True)
def half_past_nine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "STEP", 1)
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture
def small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than two people are many, and are laid out two by two."""
    monkeypatch.setattr(list_files, "AT_ONCE", dict.fromkeys(ListPaper, 2))
    monkeypatch.setattr(papers, "PIECE", 2)


@pytest.fixture
def scribe() -> User:
    return made.a_member(made.an_institution())


@pytest.fixture
def roster(scribe: User) -> Roster:
    """Five people on a list."""
    found = made.a_roster(scribe)
    rosters.take_all(made.judged(found, made.lines(5)).pk, by=builders.act(scribe, made.ON))
    return Roster.objects.get(pk=found.pk)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def worked() -> ListFile:
    one = ListFile.objects.latest("pk")
    list_files.process(one.pk, by=builders.act(None, made.ON, job="list-files"), now=lambda: AT)
    one.refresh_from_db()
    return one


def fetched(client: Client, roster: Roster, name: str, what: str) -> bytes:
    """Sent to the page that makes it, asked for there, made by the worker, fetched."""
    file, page = reverse(name, args=[roster.pk]), reverse("institution-making", args=[roster.pk, what])
    assert client.get(file)["Location"] == page
    client.post(page)
    assert "排队等待" in client.get(page).content.decode()
    assert (worked().state, worked().done) == (MakingState.READY, 5)
    assert client.get(page + "?bar=1")["HX-Refresh"] == "true"
    assert reverse(name, args=[roster.pk]) in client.get(page).content.decode()
    return client.get(file).content


@pytest.mark.usefixtures("small_is_large")
def test_a_large_workbook_is_asked_for_made_and_fetched(roster: Roster, scribe: User) -> None:
    book = openpyxl.load_workbook(io.BytesIO(fetched(browser(scribe), roster, "institution-workbook", "workbook")))
    assert [book["名单"].cell(line, 1).value for line in range(2, 8)] == [*map(builders.hanzi, range(5)), None]


@pytest.mark.usefixtures("small_is_large")
def test_a_large_paper_has_everybody_once_and_its_pages_are_numbered(roster: Roster, scribe: User) -> None:
    paper = PdfReader(io.BytesIO(fetched(browser(scribe), roster, "institution-paper", "list")))
    texts = [page.extract_text() for page in paper.pages]
    assert [f"第 {at} 页，共 {len(texts)} 页" in text for at, text in enumerate(texts, 1)] == [True] * 3
    assert [text.count(builders.hanzi(at)) for at, text in zip((0, 2, 4), texts, strict=True)] == [1, 1, 1]
    assert ["审核人签字" in text for text in texts] == [False, False, True]


@pytest.mark.parametrize("name", ["institution-workbook", "institution-paper"])
def test_a_small_one_is_made_at_once(name: str, roster: Roster, scribe: User) -> None:
    assert browser(scribe).get(reverse(name, args=[roster.pk])).status_code == 200
    assert not ListFile.objects.exists()


def test_what_is_small_is_what_a_page_can_make_in_half_a_second() -> None:
    assert {ListPaper.WORKBOOK: 2000, ListPaper.LIST: 100} == list_files.AT_ONCE


@pytest.mark.usefixtures("small_is_large")
def test_another_list_makes_it_old(roster: Roster, scribe: User) -> None:
    by = builders.act(scribe, made.ON)
    first = list_files.ask(roster.pk, ListPaper.LIST, by=by)
    worked()
    assert list_files.ask(roster.pk, ListPaper.LIST, by=by).pk == first.pk
    rosters.remove_row(roster.rows.current().first().pk, by=by)  # type: ignore[union-attr]
    assert list_files.current(roster, ListPaper.LIST) is None
    assert list_files.ask(roster.pk, ListPaper.LIST, by=by).total == 4


@pytest.mark.usefixtures("small_is_large")
def test_it_goes_with_its_list(roster: Roster, scribe: User, django_capture_on_commit_callbacks: Any) -> None:
    list_files.ask(roster.pk, ListPaper.WORKBOOK, by=builders.act(scribe, made.ON))
    path = Path(worked().file.path)
    with django_capture_on_commit_callbacks(execute=True):
        forgetting.forget(roster.pk, by=builders.act(None, "2031-01-01T09:00", job="forget-rosters"))
    assert (ListFile.objects.exists(), path.exists()) == (False, False)


def test_another_institution_finds_nothing_and_there_is_no_third_kind(roster: Roster, scribe: User) -> None:
    page = reverse("institution-making", args=[roster.pk, "list"])
    assert browser(made.a_member(made.an_institution())).get(page).status_code == 404
    assert browser(scribe).get(page.replace("list", "other")).status_code == 404
