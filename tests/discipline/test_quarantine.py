"""UP-025: a PDF from outside is opened by nobody before a scanner or a second person has cleared it."""

from __future__ import annotations

import io
import socketserver
import threading
from collections.abc import Iterator

import pikepdf
import pytest
from django.conf import LazySettings
from django.urls import reverse

from discipline.models import Case, Evidence
from discipline.services.evidence import add_evidence, release_evidence, scan_evidence, waiting_ids
from discipline.tasks import scan_one
from kupasi import scanning
from kupasi.errors import Refusal
from tests import builders

from . import making
from .test_documents import a_pdf

pytestmark = pytest.mark.django_db
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def unpacked(data: bytes) -> bytes:
    """The streams of a PDF as they read once unpacked."""
    with pikepdf.open(io.BytesIO(data)) as document:
        return b"".join(one.read_bytes() for one in document.objects if isinstance(one, pikepdf.Stream))


class Clamd(socketserver.BaseRequestHandler):
    """Speaks clamd's INSTREAM as the real one does, unpacks a PDF, and knows one virus."""

    def handle(self) -> None:
        command = self.request.recv(10)
        if command.startswith(b"zPING"):
            self.request.sendall(b"PONG\0")
            return
        data = b""
        while size := int.from_bytes(self._exactly(4), "big"):
            data += self._exactly(size)
        self.request.sendall(b"stream: Eicar-Test-Signature FOUND\0" if EICAR in unpacked(data) else b"stream: OK\0")

    def _exactly(self, size: int) -> bytes:
        got = b""
        while len(got) < size:
            got += self.request.recv(size - len(got))
        return got


@pytest.fixture
def scanner(settings: LazySettings) -> Iterator[None]:
    """A scanner on a port of its own."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clamd) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.VIRUS_SCANNER = f"127.0.0.1:{server.server_address[1]}"
        yield
        server.shutdown()


@pytest.fixture
def people(notice: None) -> making.Staff:
    return making.staff()


@pytest.fixture
def case(people: making.Staff) -> Case:
    return making.told(builders.a_candidate(), people)


def sent(case: Case, people: making.Staff, data: bytes) -> Evidence:
    return add_evidence(case.pk, by=builders.act(people.clerk, making.STATED), title="书面说明", data=data)


def infected() -> bytes:
    return a_pdf(lambda document: setattr(document.Root, "Note", document.make_stream(EICAR)))


def test_a_virus_is_refused_and_leaves_no_row(case: Case, people: making.Staff, scanner: None) -> None:
    before = Evidence.objects.count()
    with pytest.RaisesExc(Refusal, check=lambda refusal: refusal.code == "virus"):
        sent(case, people, infected())
    assert Evidence.objects.count() == before


def test_without_a_scanner_the_same_file_would_be_kept(case: Case, people: making.Staff) -> None:
    assert sent(case, people, infected()).checked == "waiting"


def test_what_the_scanner_cleared_can_be_opened(case: Case, people: making.Staff, scanner: None) -> None:
    row = sent(case, people, a_pdf())
    answer = builders.signed_in(people.head).get(reverse("case-evidence", args=[row.pk]))
    assert (row.checked, answer.status_code, answer["Content-Type"]) == ("clean", 200, "application/pdf")


def test_a_picture_waits_for_nobody(case: Case, people: making.Staff) -> None:
    assert sent(case, people, builders.photo_bytes()).checked == "clean"


def test_what_waits_is_opened_by_nobody(case: Case, people: making.Staff) -> None:
    row = sent(case, people, a_pdf())
    for user in (people.clerk, people.head, people.decider):
        answer = builders.signed_in(user).get(reverse("case-evidence", args=[row.pk]))
        assert (answer.status_code, answer.get("Location")) == (302, reverse("case", args=[case.pk]))


def test_another_person_releases_it_with_a_reason(case: Case, people: making.Staff) -> None:
    row = sent(case, people, a_pdf())
    for user, reason, code in ((people.clerk, "单机查毒", "same_person"), (people.head, " ", "reason_missing")):
        with pytest.RaisesExc(Refusal, check=lambda refusal, code=code: refusal.code == code):
            release_evidence(row.pk, by=builders.act(user, making.STATED), reason=reason)
    page, office = reverse("case", args=[case.pk]), builders.signed_in(people.head)
    office.post(page, {"act": "release_evidence", "release_evidence-reason": "单机查毒"})
    row.refresh_from_db()
    assert (row.checked, row.checked_by, row.check_reason) == ("clean", people.head, "单机查毒")
    assert office.get(reverse("case-evidence", args=[row.pk])).status_code == 200


def test_the_sweep_clears_what_waited_once_a_scanner_is_there(
    case: Case, people: making.Staff, request: pytest.FixtureRequest
) -> None:
    good, bad = sent(case, people, a_pdf()), sent(case, people, infected())
    assert waiting_ids() == []
    request.getfixturevalue("scanner")
    assert waiting_ids() == [good.pk, bad.pk]
    for pk in waiting_ids():
        scan_one(pk)
    assert [one.checked for one in Evidence.objects.filter(pk__in=[good.pk, bad.pk]).order_by("pk")] == [
        "clean",
        "infected",
    ]
    with pytest.RaisesExc(Refusal, check=lambda refusal: refusal.code == "virus"):
        release_evidence(bad.pk, by=builders.act(people.head, making.STATED), reason="单机查毒")


def test_a_scanner_that_is_silent_clears_nothing(case: Case, people: making.Staff, settings: LazySettings) -> None:
    settings.VIRUS_SCANNER = "127.0.0.1:1"
    row = sent(case, people, a_pdf())
    assert (row.checked, scan_evidence(row.pk, by=builders.act()).checked) == ("waiting", "waiting")
    assert not scanning.answers()


def test_the_scanner_says_that_it_is_there(scanner: None) -> None:
    assert scanning.answers()
