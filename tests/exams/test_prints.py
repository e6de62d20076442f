"""Room papers and packets made by the worker: asked for, claimed once, finished, forgotten; what the sheets say."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from exams import tasks
from exams.enums import PrintKind, PrintState, Sheet
from exams.models import Place, PrintRun, Site, TicketPacket
from exams.services import prints, room_papers, room_pdf, tickets
from exams.services.sheet import read_sheet
from kupasi.audit.models import Entry as Line
from kupasi.errors import Refusal
from kupasi.people.models import User
from kupasi.people.storage import private_storage
from tests.builders import a_candidate, a_user, act, at, signed_in

from .seating import Session, a_session, enrolled, seat_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
BY = act(when="2025-07-09T08:00", job="issue-tickets")
DAY = date(2025, 7, 12)
NAMES = ("张䶮㛃𬭎𫖯𠅤", "长" * 50, "<b>测试</b>")
ALL = [one.value for one in Sheet]


@pytest.fixture
def session(notice: None) -> Session:
    session = a_session()
    for name in NAMES:
        enrolled(session, person=a_candidate(name=name), photo=True)
    seat_all(session)
    for entry_id in tickets.due(date(2025, 7, 9)):
        tickets.issue(entry_id, by=BY)
    return session


def asked(clerk: User, *sheets: str, when: str = "2025-07-11T10:00") -> PrintRun:
    return prints.ask(site_id=Site.objects.get().pk, on=DAY, sheets=sheets or ALL, by=act(clerk, when))


def made(run: PrintRun, *, when: str = "2025-07-11T10:01") -> PrintRun:
    prints.work(run.pk, by=act(when=when, job="make-prints"), now=lambda: at(when))
    run.refresh_from_db()
    return run


def words(run: PrintRun) -> str:
    with run.file.open("rb") as file:
        pages = PdfReader(io.BytesIO(file.read())).pages
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pages))


def test_all_papers_of_a_site_come_in_one_file(session: Session, clerk: User) -> None:
    run = made(asked(clerk))
    text = words(run)
    assert (run.state, run.done, run.total) == (PrintState.DONE, 2, 2)
    assert [one.label for one in Sheet if one.label not in text and one not in (Sheet.DOOR, Sheet.DESK)] == []
    assert [name for name in NAMES if name not in text] == []


def test_documents_are_masked_on_every_sheet(session: Session, clerk: User) -> None:
    text = words(made(asked(clerk)))
    numbers = [entry.candidate.documents.get().number for entry in session.row.entries.all()]
    assert [one for one in numbers if one in text] == []
    assert all(f"{one[:3]}***********{one[-4:]}" in text for one in numbers)


def test_work_pieces_are_handed_over_where_there_are_stations_only(session: Session, clerk: User) -> None:
    run = made(asked(clerk, Sheet.PIECES))
    assert words(run).count("工件交接单") == words(made(asked(clerk, Sheet.PIECES, Sheet.RECORD))).count("封存袋号") * 2


def test_asking_again_while_it_waits_gives_the_same_run(session: Session, clerk: User) -> None:
    assert asked(clerk, "door").pk == asked(clerk, "door").pk != asked(clerk, "desk").pk


@pytest.mark.parametrize(("sheets", "on", "code"), [([], DAY, "no_sheets"), (ALL, date(2025, 7, 13), "no_sittings")])
def test_what_cannot_be_printed_is_refused(
    session: Session, clerk: User, sheets: list[str], on: date, code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        prints.ask(site_id=Site.objects.get().pk, on=on, sheets=sheets, by=act(clerk))
    assert refused.value.code == code


def test_a_run_is_made_once_however_often_it_is_handed_out(session: Session, clerk: User) -> None:
    run = made(asked(clerk, "door"))
    first = run.file.name
    assert made(run).file.name == first
    assert Line.objects.filter(action="print.made").count() == 1


def test_a_silent_worker_loses_its_run_and_what_it_makes_late_is_not_kept(session: Session, clerk: User) -> None:
    run = asked(clerk, "door")
    PrintRun.objects.update(state=PrintState.WORKING, claim="gone", beat_at=at("2025-07-11T10:00"))
    assert prints.due(at("2025-07-11T10:01")) == []
    assert prints.due(at("2025-07-11T10:03")) == [run.pk]
    late = PrintRun.objects.get()
    made(run, when="2025-07-11T10:03")
    with pytest.raises(prints.LostError):
        prints._finish(late, by=BY, file="documents/late.pdf")
    assert PrintRun.objects.get().file.name == run.file.name


def test_a_run_that_keeps_failing_is_given_up_with_a_word(
    session: Session, clerk: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = asked(clerk, "door")
    monkeypatch.setattr(room_pdf, "join", lambda parts: 1 / 0)
    for _ in range(prints.MOST_ATTEMPTS):
        assert made(run).state != PrintState.DONE
    assert run.state == PrintState.FAILED
    assert run.problem
    assert prints.due(at("2025-07-12T10:00")) == []


def test_papers_are_let_go_of_after_their_days(session: Session, clerk: User) -> None:
    run = made(asked(clerk, "door"))
    name, later = (
        run.file.name,
        act(when=at("2025-07-11T10:00") + prints.KEPT + timedelta(minutes=1), job="forget-prints"),
    )
    assert prints.forget(by=act(when="2025-07-12T10:00", job="forget-prints")) == 0
    assert prints.forget(by=later) == 1
    assert not private_storage.exists(name)
    assert not PrintRun.objects.exists()


def test_a_packet_is_made_by_the_worker(session: Session, clerk: User) -> None:
    run = prints.ask_packet(site_id=Site.objects.get().pk, on=DAY, by=act(clerk, "2025-07-11T10:00"))
    assert (run.kind, TicketPacket.objects.count()) == (PrintKind.PACKET, 0)
    packet = made(run).packet
    assert packet is not None
    assert (packet.tickets, packet.made_by, run.done) == (3, clerk, 3)


def test_every_sheet_says_where_it_is_typed_in(session: Session, clerk: User) -> None:
    sitting = session.sittings[0]
    facts = room_papers.gather(sitting, user=clerk, photos=False)
    assert read_sheet(facts.sheet) == sitting.pk
    assert words(made(asked(clerk, "sign_in"))).count(facts.sheet) >= 1
    assert reverse("room-sheet", args=[sitting.pk]) == f"/exams/rooms/{sitting.pk}/sheet/"


def test_the_plan_shows_the_room_as_it_is_drawn(session: Session, clerk: User) -> None:
    plain = room_papers.gather(session.sittings[0], user=clerk, photos=False)
    assert (plain.is_drawn, len(plain.cells)) == (False, 30)
    spots = ((number, number // 8 + 1, number % 8 + 1) for number in range(40))
    Place.objects.bulk_create(
        Place(room=session.room, number=one + 1, row=row, column=column) for one, row, column in spots
    )
    drawn = room_papers.gather(session.sittings[0], user=clerk, photos=False)
    assert drawn.is_drawn
    assert [len(line.cells) for line in room_pdf.lines(drawn.cells)] == [8] * 5
    assert {one.person.name for one in drawn.cells if one.person} == set(NAMES)


def test_whoever_may_not_see_a_person_prints_nobody(session: Session) -> None:
    stranger = a_user("invigilator")
    assert room_papers.gather(session.sittings[0], user=stranger, photos=True).people == ()


def test_a_sheet_asks_as_few_questions_for_many_people_as_for_one(session: Session, clerk: User) -> None:
    asked_for = []
    room_papers.gather(session.sittings[0], user=clerk, photos=False)
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            room_papers.gather(session.sittings[0], user=clerk, photos=False)
        asked_for.append(len(queries))
        for _ in range(5):
            enrolled(session)
        seat_all(session)
    assert asked_for[0] == asked_for[1]


def test_the_office_chooses_waits_and_opens_the_file(session: Session, clerk: User) -> None:
    client = signed_in(clerk)
    chosen = {"site": Site.objects.get().pk, "on": "2025-07-12", "sheets": ["door", "sign_in"]}
    answer = client.post(reverse("admin:exams_papers_make"), chosen)
    run = PrintRun.objects.get()
    assert answer.headers["Location"] == reverse("admin:exams_printrun_change", args=[run.pk])
    assert client.get(answer.headers["Location"]).headers["Refresh"] == "3"
    assert client.get(reverse("admin:exams_papers_export", args=[run.pk])).status_code == 404
    tasks.make_print(run.pk)
    assert "Refresh" not in client.get(answer.headers["Location"]).headers
    assert client.get(reverse("admin:exams_papers_export", args=[run.pk])).getvalue().startswith(b"%PDF")
    assert Line.objects.filter(action="print.fetched").count() == 1
