"""Entering a session and leaving it."""

from __future__ import annotations

import pytest

from exams.enums import EntryStatus, TicketStatus
from exams.models import AdmissionTicket, Entry, Seat
from exams.services.entries import cancel_entry, enrol, papers_received
from exams.services.tickets import issue
from kupasi.audit.models import Entry as AuditEntry
from kupasi.errors import Refusal
from kupasi.notices.models import Notice
from tests.builders import a_candidate, act

from .seating import Session, a_session, enrolled, seat_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
BY = act(when="2025-06-17T09:00")


@pytest.fixture
def session(notice: None) -> Session:
    return a_session()


def test_an_entry_has_one_open_seat_per_subject(session: Session) -> None:
    entry = enrolled(session, papers=False)
    assert list(Seat.objects.filter(entry=entry).values_list("sitting", "number")) == [(None, None), (None, None)]
    assert entry.status == EntryStatus.ENROLLED


def test_enrolling_twice_returns_the_first_entry(session: Session) -> None:
    entry = enrolled(session)
    again = enrol(BY, candidate=entry.candidate, exam_session=session.row, subjects=session.subjects, photo=None)
    assert again == entry
    assert Seat.objects.count() == 2


def test_an_entry_without_subjects_is_refused(session: Session) -> None:
    with pytest.raises(Refusal) as refused:
        enrol(BY, candidate=a_candidate(), exam_session=session.row, subjects=[], photo=None)
    assert refused.value.code == "no_subjects"


def test_the_original_is_received_once(session: Session) -> None:
    entry = enrolled(session)
    later = papers_received(entry.pk, by=act(when="2025-06-19T09:00"))
    assert later.papers_in_at == entry.papers_in_at


def test_cancelling_frees_the_seats_and_tells_who_held_a_ticket(session: Session) -> None:
    entry = enrolled(session)
    seat_all(session)
    issue(entry.pk, by=act(when="2025-07-09T08:00"))
    cancel_entry(entry.pk, by=act(when="2025-07-10T08:00"), reason="本人申请")
    session.sittings[0].refresh_from_db()
    assert session.sittings[0].taken == 0
    assert AdmissionTicket.objects.get().status == TicketStatus.REVOKED
    assert Notice.objects.filter(kind="ticket_revoked", candidate=entry.candidate).exists()


def test_cancelling_twice_is_once(session: Session) -> None:
    entry = enrolled(session)
    for _ in range(2):
        cancel_entry(entry.pk, by=BY, reason="本人申请")
    assert AuditEntry.objects.filter(action="entry.cancelled").count() == 1


def test_a_cancelled_person_may_enter_again(session: Session) -> None:
    entry = enrolled(session)
    cancel_entry(entry.pk, by=BY, reason="本人申请")
    assert enrolled(session, person=entry.candidate).pk != entry.pk
    assert Entry.objects.live().count() == 1
