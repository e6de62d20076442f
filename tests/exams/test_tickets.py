"""Tickets: made on their day, exactly once, anew when the facts change."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from exams.enums import EntryStatus, TicketStatus
from exams.models import AdmissionTicket, Entry, ExamSession, TicketVersion
from exams.rules.tickets import is_ticket_number
from exams.services import tickets
from exams.services.sittings import change_sitting
from exams.services.ticket_answers import confirm, dispute, settle_dispute, unanswered
from kupasi.errors import Refusal
from kupasi.notices import services as notices
from kupasi.notices.models import Notice
from kupasi.people.storage import private_storage
from tests.builders import act, at

from .seating import TICKET_DAY, Session, a_room, a_session, enrolled, seat_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
BY = act(when="2025-07-09T08:00", job="issue-tickets")


@pytest.fixture
def session(notice: None) -> Session:
    return a_session()


@pytest.fixture
def entry(session: Session) -> Entry:
    entry = enrolled(session)
    seat_all(session)
    return entry


def files() -> int:
    """How many ticket files there are."""
    folders = private_storage.listdir("tickets")[0] if private_storage.exists("tickets") else []
    return sum(len(private_storage.listdir(f"tickets/{one}")[1]) for one in folders)


def made() -> tuple[int, int, int, int]:
    """Tickets, versions, files, letters in the letter box."""
    letters = Notice.objects.filter(kind="ticket", channel="in_app").count()
    return AdmissionTicket.objects.count(), TicketVersion.objects.count(), files(), letters


def sweep(day: date) -> None:
    """What one run of the job does."""
    for entry_id in tickets.due(day):
        tickets.issue(entry_id, by=BY)


@pytest.mark.parametrize(
    ("exam_day", "ticket_day"),
    [
        ("2025-03-15", "2025-03-12"),
        ("2025-04-26", "2025-04-23"),
        ("2025-09-28", "2025-09-25"),
        ("2025-12-20", "2025-12-17"),
        ("2026-01-17", "2026-01-14"),
        ("2025-10-11", "2025-09-30"),  # three days before lies in the holiday
    ],
)
def test_a_ticket_is_due_from_its_day_on(exam_day: str, ticket_day: str) -> None:
    session = a_session(on="2025-07-12")
    entry = enrolled(session)
    seat_all(session)
    ExamSession.objects.update(exam_month=date.fromisoformat(exam_day).replace(day=1))
    for sitting in session.sittings:
        type(sitting).objects.filter(pk=sitting.pk).update(on=exam_day)
    day = date.fromisoformat(ticket_day)
    assert (tickets.due(day - timedelta(days=1)), tickets.due(day)) == ([], [entry.pk])


def test_a_ticket_is_made_with_number_file_letter_and_state(entry: Entry) -> None:
    sweep(TICKET_DAY)
    ticket = AdmissionTicket.objects.get()
    assert (ticket.status, ticket.version, is_ticket_number(ticket.number)) == (TicketStatus.SENT, 1, True)
    assert ticket.number.startswith("250701")
    assert made() == (1, 1, 1, 1)
    entry.refresh_from_db()
    assert entry.status == EntryStatus.TICKETED


def test_running_again_makes_nothing(entry: Entry) -> None:
    sweep(TICKET_DAY)
    assert tickets.due(TICKET_DAY) == []
    assert tickets.issue(entry.pk, by=BY) is None
    assert made() == (1, 1, 1, 1)


def test_a_late_run_catches_up_and_after_the_exam_there_is_none(entry: Entry) -> None:
    assert tickets.due(date(2025, 7, 12)) == [entry.pk]
    assert tickets.due(date(2025, 7, 13)) == []


def test_without_the_original_there_is_no_ticket(session: Session) -> None:
    entry = enrolled(session)
    seat_all(session)
    Entry.objects.filter(pk=entry.pk).update(papers_in_at=None)
    assert tickets.due(TICKET_DAY) == []
    assert tickets.issue(entry.pk, by=BY) is None
    assert made() == (0, 0, 0, 0)


@pytest.mark.parametrize("step", ["_draw", "_keep", "_store", "_letter", "_send"])
def test_a_crash_at_any_step_and_another_run_make_one_of_each(
    entry: Entry, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(tickets, step, _crash)
        with pytest.raises(KeyboardInterrupt):
            tickets.issue(entry.pk, by=BY)
    sweep(TICKET_DAY)
    assert made() == (1, 1, 1, 1)


def test_a_crash_after_the_file_was_written_leaves_one_file(entry: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(notices, "queue_many", _crash)
        with pytest.raises(KeyboardInterrupt):
            tickets.issue(entry.pk, by=BY)
    assert files() == 1
    sweep(TICKET_DAY)
    assert made() == (1, 1, 1, 1)


def _crash(*args: object, **kwargs: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_one_of_each(session: Session) -> None:
    entry = enrolled(session)
    seat_all(session)
    start = threading.Barrier(3)

    def work() -> None:
        start.wait()
        try:
            tickets.issue(entry.pk, by=BY)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made() == (1, 1, 1, 1)


def test_another_room_makes_the_next_version_with_the_same_number(session: Session, entry: Entry) -> None:
    sweep(TICKET_DAY)
    number = AdmissionTicket.objects.get().number
    confirm(entry.ticket.pk, by=BY, version=1)
    room = a_room("第二考场")
    change_sitting(session.sittings[0].pk, by=BY, reason="设备故障", room=room)
    assert tickets.due(TICKET_DAY) == [entry.pk]
    sweep(TICKET_DAY)
    ticket = AdmissionTicket.objects.get()
    assert (ticket.number, ticket.version, ticket.status) == (number, 2, TicketStatus.SENT)
    assert "第一考场 改为 第二考场" in Notice.objects.filter(kind="ticket").latest("pk").body
    assert made() == (1, 2, 2, 2)


def test_another_time_makes_the_next_version(session: Session, entry: Entry) -> None:
    sweep(TICKET_DAY)
    sitting = session.sittings[0]
    starts = at("2025-07-12T08:30")
    change_sitting(sitting.pk, by=BY, reason="提前", starts_at=starts, ends_at=starts + timedelta(hours=2))
    sweep(TICKET_DAY)
    assert AdmissionTicket.objects.get().version == 2


def test_numbers_run_on_within_a_session(session: Session) -> None:
    for _ in range(3):
        enrolled(session)
    seat_all(session)
    sweep(TICKET_DAY)
    assert sorted(one[6:11] for one in AdmissionTicket.objects.values_list("number", flat=True)) == [
        "00001",
        "00002",
        "00003",
    ]


def test_the_command_reports_and_makes(entry: Entry) -> None:
    out = StringIO()
    call_command("issue_tickets", "--dry-run", "--on", "2025-07-09", stdout=out)
    assert made() == (0, 0, 0, 0)
    call_command("issue_tickets", "--on", "2025-07-09", stdout=out)
    assert made() == (1, 1, 1, 1)


def test_a_ticket_is_confirmed_once_and_only_the_version_that_was_seen(entry: Entry) -> None:
    sweep(TICKET_DAY)
    with pytest.raises(Refusal) as refused:
        confirm(entry.ticket.pk, by=BY, version=2)
    assert refused.value.code == "stale"
    assert confirm(entry.ticket.pk, by=BY, version=1).status == TicketStatus.CONFIRMED
    assert confirm(entry.ticket.pk, by=BY, version=1).status == TicketStatus.CONFIRMED


def test_a_report_is_answered_and_asked_to_be_confirmed_again(entry: Entry) -> None:
    sweep(TICKET_DAY)
    dispute(entry.ticket.pk, by=BY, text="姓名第二个字不对")
    ticket = settle_dispute(entry.ticket.pk, by=BY, answer="已与证件核对，准考证上的字是对的。")
    assert ticket.status == TicketStatus.SENT
    assert Notice.objects.filter(kind="ticket_answer", candidate=entry.candidate).exists()


def test_who_has_not_answered_one_day_before_is_on_the_call_list(session: Session, entry: Entry) -> None:
    other = enrolled(session)
    seat_all(session)
    sweep(TICKET_DAY)
    confirm(entry.ticket.pk, by=BY)
    assert list(unanswered(date(2025, 7, 10))) == []
    assert [one.entry_id for one in unanswered(date(2025, 7, 11))] == [other.pk]
