"""R29: a person's name, number and phone never reach a log, a task's arguments, a traceback or the output."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from celery.app.task import Task
from django.core import mail
from django.db import IntegrityError
from django.test import Client

from certificates.services import by_name
from exams.models import TicketVersion
from kupasi import clock
from kupasi.celery import app
from kupasi.errors import Refusal
from kupasi.operations.services import doctor, roots
from kupasi.people.models import Candidate
from tests import builders
from tests.exams import seating
from tests.people import pages
from tests.registration import desk

pytestmark = pytest.mark.django_db(transaction=True)

NAME, PHONE, EMAIL = "哨兵欧阳", "13987654321", "sentinel.person@example.org"
NUMBER = builders.resident_id(date(1991, 4, 8), seq=777)
WORDS = (NAME, PHONE, NUMBER, EMAIL)


class Ears:
    """Everything that was said: log lines as they are written, and what was handed to tasks."""

    def __init__(self, settings: Any) -> None:
        filters, lines = settings.LOGGING["filters"]["mask"]["()"], settings.LOGGING["formatters"]["line"]
        from django.utils.module_loading import import_string

        self.stream = io.StringIO()
        self.handler = logging.StreamHandler(self.stream)
        self.handler.addFilter(import_string(filters)())
        self.handler.setFormatter(import_string(lines["()"])(lines["format"], style=lines["style"]))
        self.raw: list[str] = []
        self.tasks: list[str] = []

    def hear(self, record: logging.LogRecord) -> bool:
        self.raw.append(record.getMessage())
        return True

    def hits(self) -> list[str]:
        said = [self.stream.getvalue(), *self.raw, *self.tasks]
        return [word for word in WORDS if any(word in text for text in said)]


@pytest.fixture
def ears(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ears]:
    """Listening to the root logger at INFO, as in production, and to every task that is sent."""
    settings.DATA_DIR, settings.DEMO = tmp_path, False
    found, root = Ears(settings), logging.getLogger()

    def here(task: Task, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
        found.tasks.append(repr((task.name, args, kwargs, options)))
        return task.apply(args, kwargs)

    monkeypatch.setattr(Task, "apply_async", here)
    found.handler.addFilter(found.hear)
    before = root.level
    root.addHandler(found.handler)
    root.setLevel(logging.INFO)
    yield found
    root.removeHandler(found.handler)
    root.setLevel(before)


def signed_up(client: Client) -> Candidate:
    """The sentinel signs up on the web, with a mistake or two on the way."""
    typed = pages.sign_up_data(name=NAME, number=NUMBER, phone=PHONE)
    client.post("/accounts/signup/", {**typed, "number": NUMBER[:-1] + "?"})
    client.post("/accounts/signup/", typed)
    client.post("/accounts/signup/code/", {"code": "000000"})
    client.post("/accounts/signup/code/", {"code": pages.code_for(PHONE)})
    pages.sign_in(Client(), PHONE, "a wrong password")
    pages.sign_in(Client(), PHONE, pages.PASSWORD)
    person = Candidate.objects.get(name=NAME)
    person.email = EMAIL
    person.save()
    return person


def sweep(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """Every periodic job of the table, once, at a moment."""
    monkeypatch.setattr(clock, "now", lambda: builders.at(moment))
    app.loader.import_default_modules()
    for entry in app.conf.beat_schedule.values():
        app.tasks[entry["task"]].delay()


def test_a_whole_way_through_the_product_says_nothing_of_the_person(
    ears: Ears, client: Client, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    builders.load_notice()
    monkeypatch.setattr(clock, "now", lambda: builders.at(desk.SUBMITTED))
    person = signed_up(client)
    application = desk.submitted(candidate=person)
    with pytest.raises(Refusal):
        desk.submitted(candidate=person)  # a second application while one is open
    clerk = builders.a_user("clerk")
    for page in (
        "/me/",
        f"/me/applications/{application.pk}/",
        "/accounts/profile/",
        "/notices/mine/",
        "/no/such/page",
    ):
        client.get(page)
    for browser, address in ((client, "/api/v1/applications/"), (Client(), "/api/v1/applications/")):
        browser.get(address)
    document = {"kind": "resident_id", "number": NUMBER, "birth_date": "1990-01-01"}
    client.post("/api/v1/rules/document/", document, content_type="application/json")
    client.post("/api/v1/token/", {"username": PHONE, "password": "no"}, content_type="application/json")
    client.get("/api/v1/certificates/verify/", {"number": "S000099000000251000001", "name": NAME})
    by_name("S000099000000251000001", NAME)
    office = builders.signed_in(clerk)
    office.post("/admin/registration/application/", {"find": NAME})
    office.get(f"/admin/people/candidate/{person.pk}/change/")
    session = seating.a_session()
    seating.enrolled(session, person=person, photo=True)
    seating.seat_all(session)
    for moment in ("2025-06-14T10:00", "2025-06-16T10:00", "2025-07-09T10:00", "2025-07-10T10:00"):
        sweep(monkeypatch, moment)
    list(doctor.examine(by=builders.act()))
    roots.take(by=builders.act())
    assert any(NAME in letter.body or EMAIL in letter.to for letter in mail.outbox)  # the letters did leave
    assert TicketVersion.objects.filter(ticket__entry__candidate=person).exists()
    assert len(ears.tasks) > 20
    assert "WARNING" in ears.stream.getvalue()  # the log did speak
    said = capfd.readouterr()
    assert ears.hits() == []
    assert [word for word in WORDS if word in said.out + said.err] == []


def test_a_forced_traceback_says_nothing_of_the_person(ears: Ears, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL repeats the whole row in an error: it is struck out."""
    row = f"new row violates check constraint\nDETAIL:  Failing row contains (7, {NAME}, {NUMBER}, {EMAIL}).\n"
    client = Client(raise_request_exception=False)

    def breaks(*args: Any, **kwargs: Any) -> None:
        raise IntegrityError(row)

    monkeypatch.setattr("kupasi.health.database_answers", breaks)
    assert client.get("/readyz").status_code == 500
    written = ears.stream.getvalue()
    assert "IntegrityError" in written
    assert "DETAIL: [masked]" in written
    assert [word for word in WORDS if word in written] == []


def test_without_the_mask_the_traceback_would_tell(ears: Ears, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kupasi.people.masking.strike", lambda text: text)
    test_leaks = f"DETAIL:  Failing row contains (7, {NAME}, {NUMBER})."
    logging.getLogger("kupasi").error(test_leaks)
    assert set(ears.hits()) == {NAME, NUMBER}


def test_a_failed_task_says_nothing_of_the_person(ears: Ears) -> None:
    """Celery puts the error's words into its own line."""
    words = f"(IntegrityError) x\nDETAIL:  Key (name)=({NAME}) is there already.\nCONTEXT: y"
    logging.getLogger("celery.app.trace").error("Task %s raised unexpected: %s", "a.task", words)
    written = ears.stream.getvalue()
    assert "CONTEXT" in written
    assert [word for word in WORDS if word in written] == []


def test_letters_of_an_embedded_install_do_not_go_to_the_log() -> None:
    from django.conf import settings

    source = (settings.BASE_DIR / "kupasi" / "settings.py").read_text(encoding="utf-8")
    assert "consolemail" not in source
    assert '"filemail://" if EMBEDDED' in source
