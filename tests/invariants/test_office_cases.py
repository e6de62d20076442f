"""A case of each kind goes the whole way in the small office, and no invariant breaks at any step of it."""

from __future__ import annotations

import pytest

from discipline.models import Case
from exams.models import Entry, ExamSession, Seat
from registration.models import Application
from registration.services.invariants import broken
from tests import builders

from .office import Office, open_office
from .office_cases import FAR, Cases

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    """Three people of an occupation whose results are out; whoever passed holds a certificate."""
    people, staff = open_office()
    office = Office(people, staff)
    for person in people[:3]:
        office.apply(person, "data-annotation")
    for chosen in Application.objects.filter(status="submitted"):
        office.further(chosen)
    for session in ExamSession.objects.order_by("pk"):
        office.seat(session)
    office.now = builders.at("2025-07-09T09:00")
    office.issue_tickets()
    office.sit(-1)
    office.mark(["82.5", "60", "55"])
    office.publish(ExamSession.objects.get(occupation__code="data-annotation"), "publisher")
    office.certify()
    return office


def ended(office: Office, case: Case, outcome: str = "uphold") -> str:
    """Where it ends; nothing is broken on the way."""
    cases = Cases(office)
    for _ in range(FAR):
        going = cases.further(case, outcome)
        assert [str(one) for one in broken()] == []
        if not going:
            break
        office.now += builders.at("2025-01-01T20:00") - builders.at("2025-01-01T00:00")
    case.refresh_from_db()
    return case.status


@pytest.mark.parametrize("clause", ["二1", "二4", "三1", "四2"])
def test_from_a_seat_to_the_review(office: Office, clause: str) -> None:
    Cases(office).at_seat(Seat.objects.filter(sitting__isnull=False).earliest("pk"), clause)
    assert ended(office, Case.objects.get()) == "overturned"


@pytest.mark.parametrize("clause", ["一", "四1"])
def test_false_materials_to_the_review(office: Office, clause: str) -> None:
    Cases(office).of_materials(Entry.objects.earliest("pk"), clause)
    assert ended(office, Case.objects.get()) == "overturned"


def test_two_cases_of_one_person_at_once_and_one_that_is_dropped(office: Office) -> None:
    seats = Seat.objects.filter(entry=Entry.objects.earliest("pk")).order_by("pk")
    for seat, clause in zip(seats, ("三1", "四2"), strict=True):
        Cases(office).at_seat(seat, clause)
    first, second = Case.objects.order_by("pk")
    assert (ended(office, second), ended(office, first)) == ("overturned", "overturned")
    Cases(office).at_seat(seats[0], "二4")
    assert ended(office, Case.objects.latest("pk"), "drop") == "dropped"
