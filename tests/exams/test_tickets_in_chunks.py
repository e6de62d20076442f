"""Tickets made a room at a time: each its own file, a bad one stops nobody, the questions asked stay few."""

from __future__ import annotations

import io
from datetime import date

import pikepdf
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exams import tasks
from exams.models import AdmissionTicket, Entry, TicketVersion
from exams.services import ticket_people, tickets
from kupasi.audit.models import Entry as Line
from kupasi.notices.models import Notice
from tests.builders import act, at

from .seating import TICKET_DAY, Session, a_room, a_session, a_sitting, enrolled, seat_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
BY = act(when="2025-07-09T08:00", job="issue-tickets")


@pytest.fixture
def session(notice: None) -> Session:
    return a_session()


def people(session: Session, count: int) -> list[Entry]:
    found = [enrolled(session, photo=True) for _ in range(count)]
    seat_all(session)
    return found


def photos(version: TicketVersion) -> list[bytes]:
    """Every photo that is anywhere in the file, used or not."""
    with version.file.open("rb") as file, pikepdf.open(io.BytesIO(file.read())) as pdf:
        streams = [one for one in pdf.objects if isinstance(one, pikepdf.Stream)]
        return [bytes(one.read_raw_bytes()) for one in streams if one.get("/Filter") == "/DCTDecode"]


def test_a_room_is_made_at_once_and_no_file_holds_anothers_photo(session: Session) -> None:
    found = people(session, 4)
    assert tickets.chunks(TICKET_DAY) == [[one.pk for one in found]]
    assert tickets.issue_many([one.pk for one in found], by=BY) == 0
    for version in TicketVersion.objects.select_related("ticket"):
        own = ticket_people.gather([version.ticket.entry_id])[version.ticket.entry_id][0]
        assert photos(version) == [own.photo]


def test_the_chunks_of_a_day_are_rooms_and_none_is_larger_than_a_hundred(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    for subject, hour in zip(session.subjects, ("09:00", "14:00"), strict=True):
        a_sitting(session, subject=subject, starts=f"2025-07-12T{hour}", capacity=3, room=a_room("第二考场"))
    people(session, 33)
    by_room = [tuple(Entry.objects.filter(pk__in=chunk).values_list("pk", flat=True)) for chunk in chunks()]
    assert sorted(map(len, by_room)) == [3, 30]
    monkeypatch.setattr(tickets, "CHUNK", 10)
    assert sorted(map(len, chunks())) == [3, 10, 10, 10]
    assert sorted(one for chunk in chunks() for one in chunk) == tickets.due(TICKET_DAY)


def chunks() -> list[list[int]]:
    return tickets.chunks(TICKET_DAY)


def test_a_ticket_that_cannot_be_drawn_stops_nobody_else(session: Session) -> None:
    first, bad, last = people(session, 3)
    assert bad.photo is not None
    bad.photo.file.storage.delete(bad.photo.file.name)
    assert tickets.issue_many([first.pk, bad.pk, last.pk], by=BY) == 1
    made = AdmissionTicket.objects.filter(version=1).values_list("entry_id", flat=True)
    assert sorted(made) == [first.pk, last.pk]
    assert tickets.due(TICKET_DAY) == [bad.pk]


def test_made_together_without_falling_back_one_bad_ticket_would_stop_them_all(session: Session) -> None:
    _, bad, _ = found = people(session, 3)
    assert bad.photo is not None
    bad.photo.file.storage.delete(bad.photo.file.name)
    with pytest.raises(FileNotFoundError):
        tickets._make([one.pk for one in found], by=BY)
    assert TicketVersion.objects.count() == 0


def test_a_chunk_asks_as_few_questions_for_eight_people_as_for_two(session: Session) -> None:
    found = [one.pk for one in people(session, 11)]
    tickets.issue_many(found[:1], by=BY)
    asked = []
    for chunk in (found[1:3], found[3:]):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            tickets.issue_many(chunk, by=BY)
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 30


def test_each_ticket_of_a_chunk_has_its_own_lines_letter_and_number(session: Session) -> None:
    found = people(session, 3)
    tasks.issue_chunk([one.pk for one in found])
    for action in ("ticket.numbered", "ticket.sent", "entry.ticketed"):
        assert Line.objects.filter(action=action).values("object_id").distinct().count() == 3
    assert Notice.objects.filter(kind="ticket", channel="in_app").count() == 3
    assert AdmissionTicket.objects.values("number").distinct().count() == 3


def test_the_same_facts_in_another_chunk_make_no_new_version(session: Session) -> None:
    found = [one.pk for one in people(session, 3)]
    tickets.issue_many(found, by=BY)
    tickets.issue_many(list(reversed(found)), by=act(when=at("2025-07-10T08:00"), job="issue-tickets"))
    assert TicketVersion.objects.count() == 3
    assert tickets.due(date(2025, 7, 10)) == []
