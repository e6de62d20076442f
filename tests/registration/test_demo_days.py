"""The demonstration's exam days at hand: doors that can be tried now, tickets that nobody has confirmed."""

from __future__ import annotations

from random import Random

import pytest

from exams.models import AdmissionTicket, Seat, Sitting
from kupasi.acts import Act
from registration.demo import stage
from registration.demo.accounts import Book, open_staff
from registration.demo.applying import Applying
from registration.demo.coming import PEOPLE, Coming
from registration.demo.examining import Examining
from registration.services.invariants import broken
from tests.builders import at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


def lived(when: str) -> None:
    """The exam days at hand of a demonstration that is made at this moment."""
    by, book, random = Act(None, at(when), job="demo"), Book(), Random(1)
    open_staff(by, book, institution=stage.institution())
    applying = Applying.until(by.at, random=random, book=book, tell=lambda: None)
    rooms = stage.rooms(Act(book.users["supervisor"][0], by.at))
    Coming(applying, Examining(by.at, random=random, book=book, rooms=rooms, tell=lambda: None)).live()


def test_one_begins_in_minutes_and_one_is_in_two_days_all_with_open_tickets() -> None:
    lived("2025-07-24T10:02")
    days = Sitting.objects.filter(taken=PEOPLE).order_by("starts_at")
    starts = [f"{one.starts_at.astimezone(at('2025-07-24T10:02').tzinfo):%m-%d %H:%M}" for one in days]
    assert starts == ["07-24 10:15", "07-24 11:30", "07-26 09:00", "07-26 13:00"]
    assert set(AdmissionTicket.objects.values_list("status", flat=True)) == {"sent"}
    assert (AdmissionTicket.objects.count(), broken()) == (2 * PEOPLE, [])


@pytest.mark.parametrize(("when", "people"), [("2025-07-24T23:10", PEOPLE), ("2025-07-18T10:02", 0)])
def test_neither_by_night_nor_beside_the_session_s_own_day(when: str, people: int) -> None:
    lived(when)
    assert Seat.objects.filter(sitting__isnull=False).values("entry").distinct().count() == people
