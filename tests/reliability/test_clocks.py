"""R9, OP-022: two clocks at once, none for hours, one set back: what is due is done, and once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection

from exams.models import PrintRun, TicketVersion
from exams.services import prints, tickets
from kupasi.audit.models import Entry as Line
from kupasi.notices.models import Notice
from kupasi.people.models import User
from tests.builders import act, at
from tests.exams.seating import TICKET_DAY, Session, a_session, enrolled, seat_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


@pytest.fixture
def session(notice: None) -> Session:
    session = a_session()
    for _ in range(3):
        enrolled(session)
    seat_all(session)
    return session


def sweep(moment: str) -> None:
    """What the clock's sweep and its chunks do at a moment."""
    by = act(when=moment, job="issue-tickets")
    for chunk in tickets.chunks(by.on):
        tickets.issue_many(chunk, by=by)


def effects() -> tuple[int, int, int]:
    """Versions, letters, lines of the record."""
    letters = Notice.objects.filter(kind="ticket", channel="in_app").count()
    return TicketVersion.objects.count(), letters, Line.objects.filter(action="ticket.sent").count()


def in_two_clocks(work: Callable[[], object]) -> None:
    start = threading.Barrier(2)

    def one() -> None:
        start.wait()
        try:
            work()
        finally:
            connection.close()

    clocks = [threading.Thread(target=one) for _ in range(2)]
    for clock in clocks:
        clock.start()
    for clock in clocks:
        clock.join()


@pytest.mark.django_db(transaction=True)
def test_two_clocks_make_each_ticket_once(session: Session) -> None:
    in_two_clocks(lambda: sweep("2025-07-09T08:00"))
    assert effects() == (3, 3, 3)


def test_no_clock_for_hours_or_days_is_caught_up_once(session: Session) -> None:
    sweep("2025-07-08T23:59")
    assert effects() == (0, 0, 0)
    sweep("2025-07-11T10:00")
    assert effects() == (3, 3, 3)


@pytest.mark.parametrize("moment", ["2025-07-09T07:00", "2025-07-08T08:00", "2025-07-12T08:00"])
def test_a_clock_set_back_or_forward_makes_nothing_again(session: Session, moment: str) -> None:
    sweep("2025-07-09T08:00")
    sweep(moment)
    sweep("2025-07-09T08:01")
    assert effects() == (3, 3, 3)


def test_without_comparing_the_facts_each_clock_would_make_a_version(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep("2025-07-09T08:00")
    entry_ids = list(TicketVersion.objects.values_list("ticket__entry_id", flat=True))
    monkeypatch.setattr(tickets, "_differing", lambda opened, facts: list(opened.values()))
    tickets.issue_many(entry_ids, by=act(when="2025-07-09T07:00", job="issue-tickets"))
    assert effects() == (6, 6, 6)


@pytest.mark.django_db(transaction=True)
def test_two_clocks_make_a_print_once(session: Session, clerk: User) -> None:
    run = prints.ask(site_id=session.room.site_id, on=date(2025, 7, 12), sheets=["door"], by=act(clerk))
    by = act(when="2025-07-11T10:00", job="make-prints")
    in_two_clocks(lambda: [prints.work(one, by=by, now=lambda: by.at) for one in prints.due(by.at)])
    assert (PrintRun.objects.get(pk=run.pk).attempts, Line.objects.filter(action="print.made").count()) == (1, 1)


def test_a_clock_set_back_takes_no_print_from_its_worker(session: Session, clerk: User) -> None:
    prints.ask(site_id=session.room.site_id, on=date(2025, 7, 12), sheets=["door"], by=act(clerk))
    PrintRun.objects.update(state="working", claim="held", beat_at=at("2025-07-11T10:00"))
    assert prints.due(at("2025-07-11T10:00") - timedelta(hours=1)) == []
    assert tickets.due(TICKET_DAY) != []
