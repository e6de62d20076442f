"""A list goes its whole way in the small office, with objections and a refund; no invariant breaks at any step."""

from __future__ import annotations

import pytest

from registration.enums import ObjectionOutcome
from registration.models import Application, Order, Roster, RosterObjection, RosterRow
from registration.services.invariants import broken

from .office import Office, open_office
from .office_rosters import Lists

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Lists:
    people, staff = open_office()
    return Lists(Office(people, staff))


def whole() -> bool:
    return [str(one) for one in broken()] == []


def states() -> list[str]:
    return list(Application.objects.order_by("pk").values_list("status", flat=True))


def test_from_the_signature_to_the_confirmation_and_one_refund(desk: Lists) -> None:
    desk.begin(0, people=2, first=1, occupation="data-annotation")
    desk.sweep()
    assert (whole(), states()) == (True, ["submitted", "submitted"])
    desk.review(Roster.objects.get())
    order = Order.objects.get()
    desk.office.pay(order, order.total, "LIST-1")
    desk.sweep()
    assert (whole(), states()) == (True, ["confirmed", "confirmed"])
    desk.refund(order, Application.objects.earliest("pk"))
    assert (whole(), states()) == (True, ["cancelled", "confirmed"])


@pytest.mark.parametrize(("outcome", "then"), [("lifted", "submitted"), ("upheld", "withdrawn")])
def test_an_objection_and_its_decision(desk: Lists, outcome: str, then: str) -> None:
    desk.begin(0, people=1, first=1, occupation="data-annotation")
    desk.sweep()
    desk.object_to(RosterRow.objects.get())
    assert (whole(), states()) == (True, ["withdrawn"])
    desk.decide(RosterObjection.objects.get(), ObjectionOutcome(outcome))
    desk.sweep()
    assert (whole(), states()[-1]) == (True, then)


def test_two_lists_of_two_institutions_for_one_person(desk: Lists) -> None:
    for house in (0, 1):
        desk.begin(house, people=1, first=1, occupation="data-annotation")
    desk.sweep()
    assert (whole(), states()) == (True, ["submitted"])
