"""Whoever nobody reached the day before is written to on paper, and that it was posted is kept."""

from __future__ import annotations

import io
from datetime import date

import pytest
import time_machine
from django.test import Client
from pypdf import PdfReader

from exams.enums import TicketStatus
from exams.models import AdmissionTicket, Entry
from exams.services import tickets
from exams.services.ticket_answers import confirm
from exams.services.ticket_letters import note_letter_posted, stated_on, take_letters
from kupasi.audit.models import Entry as Line
from kupasi.notices.models import Posting
from kupasi.people.models import User
from tests.approvals.steps import refused
from tests.builders import a_user, act, at, signed_in

from .seating import a_session, enrolled, seat_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
BY = act(when="2025-07-09T08:00", job="issue-tickets")
CALLS = "/admin/exams/admissionticket/?queue=call"
DAY_BEFORE = "2025-07-11T15:00"


@pytest.fixture
def people(notice: None) -> list[Entry]:
    """Two who have their tickets; the first has an address."""
    session = a_session()
    found = [enrolled(session), enrolled(session)]
    seat_all(session)
    tickets.issue_many([one.pk for one in found], by=BY)
    type(found[0].candidate).objects.filter(pk=found[0].candidate_id).update(postal_address="上海市示例路 1 号")
    return found


def the_ticket(people: list[Entry]) -> AdmissionTicket:
    return AdmissionTicket.objects.get(entry=people[0])


def note(
    pk: int, clerk: User, *, on: date = date(2025, 7, 11), proof: str = "XA 1 CN", when: str = DAY_BEFORE
) -> Posting:
    return note_letter_posted(pk, posted_on=on, proof=proof, by=act(clerk, when))


def test_whoever_has_not_answered_and_has_an_address_is_written_to(people: list[Entry]) -> None:
    both = [one.ticket.pk for one in people]
    by = act(when=DAY_BEFORE)
    assert [one.candidate_id for one in take_letters(both, by=by)] == [people[0].candidate_id]
    assert Line.objects.filter(action="ticket.letter_printed").count() == 1
    confirm(people[0].ticket.pk, by=by)
    with refused("nothing_to_print"):
        take_letters(both, by=by)


def test_a_posted_letter_is_kept_once_with_its_proof_and_the_ticket_stays_as_it_is(
    people: list[Entry], clerk: User
) -> None:
    ticket = the_ticket(people)
    assert note(ticket.pk, clerk).pk == note(ticket.pk, clerk, proof=" XA  1 CN").pk
    assert str(Posting.objects.get()) == "2025-07-11 XA 1 CN"
    assert Line.objects.get(action="letter.posted").actor == clerk
    assert the_ticket(people).status == TicketStatus.SENT
    with refused("posted_already"):
        note(ticket.pk, clerk, proof="XA 2 CN")


@pytest.mark.parametrize(
    ("on", "proof", "code"),
    [
        (date(2025, 7, 12), "XA1", "bad_day"),
        (date(2025, 7, 8), "XA1", "bad_day"),
        (date(2025, 7, 11), " ", "proof_missing"),
        (date(2025, 7, 11), "x" * 61, "proof_missing"),
    ],
)
def test_no_posting_without_a_proof_and_a_day_that_can_be(
    people: list[Entry], clerk: User, on: date, proof: str, code: str
) -> None:
    with refused(code):
        note(the_ticket(people).pk, clerk, on=on, proof=proof)
    assert not Posting.objects.exists()


@time_machine.travel(at(DAY_BEFORE), tick=False)
def test_the_letter_on_paper_says_when_and_where_the_exam_is(people: list[Entry], clerk: User) -> None:
    ticket = the_ticket(people)
    asked = {"action": "print_letters", "_selected_action": [ticket.pk]}
    pages = PdfReader(io.BytesIO(signed_in(clerk).post(CALLS, asked).content)).pages
    said = "".join("".join(page.extract_text().split()) for page in pages)
    line = ticket.versions.get().facts["lines"][0]
    wanted = [ticket.number, "2025年7月12日", line["starts"], line["site"], line["address"], line["room"]]
    wanted.append(f"{line['seat_word']}{line['number']}")
    assert [one for one in wanted if "".join(one.split()) not in said] == []


@time_machine.travel(at(DAY_BEFORE), tick=False)
def test_a_letter_states_the_newest_version_and_only_its_own_ticket(people: list[Entry]) -> None:
    ticket = the_ticket(people)
    letters = take_letters([one.ticket.pk for one in people], by=act(when=DAY_BEFORE))
    assert [one["number"] for one in stated_on(letters).values()] == [ticket.number]
    newer = ticket.versions.get()
    newer.pk, newer.version, newer.facts = None, 2, newer.facts | {"lines": []}
    newer.save()
    AdmissionTicket.objects.filter(pk=ticket.pk).update(version=2)
    assert stated_on(letters)[letters[0].pk]["lines"] == []


@time_machine.travel(at(DAY_BEFORE), tick=False)
def test_the_call_list_shows_who_was_written_to(people: list[Entry], clerk: User) -> None:
    desk, ticket = signed_in(clerk), the_ticket(people)
    page = f"/admin/exams/admissionticket/{ticket.pk}/posted/"
    assert page in desk.get(CALLS).content.decode()
    assert desk.post(page, {"posted_on": "2025-07-11", "proof": ""}).status_code == 200
    assert desk.post(page, {"posted_on": "2025-07-11", "proof": "XA 1 CN"}).status_code == 302
    shown = desk.get(CALLS).content.decode()
    assert "2025-07-11 XA 1 CN" in shown
    assert page not in shown


@time_machine.travel(at(DAY_BEFORE), tick=False)
def test_whoever_only_reads_notes_nothing(people: list[Entry]) -> None:
    desk: Client = signed_in(a_user("supervisor"))
    page = f"/admin/exams/admissionticket/{the_ticket(people).pk}/posted/"
    assert page not in desk.get(CALLS).content.decode()
    assert desk.post(page, {"posted_on": "2025-07-11", "proof": "XA 1 CN"}).status_code == 403
