"""R19, OP-025: the disk is full; uploads say so, no row is without its file, and all goes on when there is room."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.urls import reverse

from exams import tasks
from exams.enums import PrintState
from exams.models import PrintRun, TicketVersion
from exams.services import prints, tickets
from kupasi import clock, full_disk
from kupasi.errors import Refusal
from kupasi.people.models import Photo, User
from kupasi.people.storage import private_storage
from registration.services import applications
from tests import builders
from tests.builders import act, at
from tests.exams.seating import TICKET_DAY, a_session, enrolled, seat_all

pytestmark = pytest.mark.django_db


class Disk:
    """The private files' disk: once filled, the kernel itself says that there is no room, through /dev/full."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.patch, self.genuine = patch, os.open

    def fill(self) -> None:
        self.patch.setattr(os, "open", self.opened)

    def free(self) -> None:
        self.patch.setattr(os, "open", self.genuine)

    def opened(self, path: Any, flags: int, *rest: Any, **named: Any) -> int:
        if flags & os.O_CREAT and str(path).startswith(str(private_storage.location)) and "lock" not in str(path):
            os.close(self.genuine(path, flags, *rest, **named))  # the name is taken, as on a disk that fills up
            return self.genuine("/dev/full", os.O_WRONLY)
        return self.genuine(path, flags, *rest, **named)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def files() -> list[Path]:
    return [one for one in Path(private_storage.location).rglob("*") if one.is_file() and one.name != ".lock"]


def test_an_upload_is_told_so_and_works_again_without_a_restart(
    notice: None, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: at("2025-05-20T09:00"))
    person = builders.a_candidate()
    draft = applications.start_draft(person, by=act(person.user))
    assert person.user is not None
    client, before = builders.signed_in(person.user), files()
    disk.fill()
    step = reverse("apply-step", args=[draft.pk, "photo"])

    def send() -> Any:
        return client.post(step, {"photo": SimpleUploadedFile("p.jpg", builders.photo_bytes(), "image/jpeg")})

    answer = send()
    assert answer.status_code < 500
    assert full_disk.SENTENCE in answer.content.decode()
    assert (Photo.objects.count(), files()) == (0, before)
    disk.free()
    assert send().status_code == 302
    assert Photo.objects.count() == len(files()) - len(before) == 1


def test_without_the_guard_half_a_file_would_stay_and_the_fault_go_on(disk: Disk) -> None:
    disk.fill()
    with pytest.raises(OSError, match="No space left") as fault:
        FileSystemStorage._save(private_storage, "documents/x.bin", ContentFile(b"content"))  # type: ignore[attr-defined]
    assert fault.value.errno == errno.ENOSPC
    assert private_storage.exists("documents/x.bin")
    disk.free()
    private_storage.delete("documents/x.bin")


def test_tickets_that_found_no_room_are_made_once_when_there_is(notice: None, disk: Disk) -> None:
    session = a_session()
    found = [enrolled(session).pk for _ in range(2)]
    seat_all(session)
    by = act(when="2025-07-09T08:00", job="issue-tickets")
    disk.fill()
    assert tickets.issue_many(found, by=by) == 2
    assert (TicketVersion.objects.count(), tickets.due(TICKET_DAY)) == (0, found)
    disk.free()
    assert tickets.issue_many(found, by=by) == 0
    assert [one.file.storage.exists(one.file.name) for one in TicketVersion.objects.all()] == [True, True]


def test_room_papers_wait_for_room(notice: None, clerk: User, disk: Disk) -> None:
    session = a_session()
    run = prints.ask(site_id=session.room.site_id, on=session.sittings[0].on, sheets=["door"], by=act(clerk))
    disk.fill()
    for moment, state in (("2025-07-11T10:00", PrintState.WORKING), ("2025-07-11T10:03", PrintState.DONE)):
        assert prints.due(at(moment)) == [run.pk]
        prints.work(run.pk, by=act(when=moment, job="make-prints"), now=lambda moment=moment: at(moment))  # type: ignore[misc]
        assert PrintRun.objects.get().state == state
        disk.free()


@pytest.mark.parametrize(("path", "kind"), [("/apply/", "text/html"), ("/api/v1/tickets/", "application/problem+json")])
def test_a_fault_that_nobody_caught_says_what_to_do(path: str, kind: str) -> None:
    try:
        raise OSError(errno.ENOSPC, "No space left on device")
    except OSError:
        answer = full_disk.server_error(RequestFactory().get(path))
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (507, kind)


def test_other_faults_keep_their_page() -> None:
    try:
        raise OSError(errno.EACCES, "Permission denied")
    except OSError:
        assert full_disk.server_error(RequestFactory().get("/")).status_code == 500


@pytest.mark.parametrize("words", ["database or disk is full", "could not extend file: No space left on device"])
def test_a_full_database_is_known_by_its_words(words: str) -> None:
    from django.db import OperationalError

    assert full_disk.is_full(OperationalError(words))
    assert not full_disk.is_full(OperationalError("database is locked"))
    assert full_disk.is_full(Refusal(full_disk.CODE, "x"))


def test_the_sweep_itself_survives(notice: None, disk: Disk) -> None:
    session = a_session()
    entry = enrolled(session)
    seat_all(session)
    disk.fill()
    tasks.issue_chunk([entry.pk])
    disk.free()
    tasks.issue_chunk([entry.pk])
    assert TicketVersion.objects.count() == 1
