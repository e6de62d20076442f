"""Rosters of made-up people from the submission on: filed, reviewed, paid, made by the services themselves."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from kupasi.people.models import User
from registration.models import Application, Order, Payment, Roster, RosterRow
from registration.services import money, review, roster_orders
from registration.services.rosters import filing
from tests import builders

from . import lists

REVIEWED, PAID = "2025-05-21T10:00", "2025-05-22T10:00"
JOB = builders.act(when="2025-05-20T09:01", job="file-rosters")


@dataclass
class Group:
    """A roster with those who act on it."""

    roster: Roster
    clerk: User
    approver: User
    office: User
    finance: User

    @property
    def people(self) -> list[Application]:
        """In the order of the list."""
        return list(Application.objects.filter(roster_row__roster=self.roster).order_by("roster_row__line"))

    @property
    def rows(self) -> list[RosterRow]:
        """In the order of the list."""
        return list(RosterRow.objects.current().filter(roster=self.roster).order_by("line"))

    @property
    def order(self) -> Order:
        """What the institution owes."""
        return Order.objects.get(roster=self.roster)

    @property
    def states(self) -> list[str]:
        """How far each person is."""
        return [one.status for one in self.people]


def submitted(people: int = 3, *, school: int = 0, first: int = 1, occupation: str = "data-annotation") -> Group:
    """Handed in; the sweep has not come yet."""
    house = lists.a_school(school)
    clerk, approver = lists.a_member("institution_clerk", house), lists.a_member("institution_approver", house)
    roster = lists.submitted(clerk, approver, people=people, first=first, occupation=occupation)
    return Group(roster, clerk, approver, builders.a_user("clerk"), builders.a_user("finance"))


def filed(people: int = 3, *, school: int = 0, first: int = 1, occupation: str = "data-annotation") -> Group:
    """With an application for each."""
    group = submitted(people, school=school, first=first, occupation=occupation)
    filing.file_some(by=JOB)
    return group


def reviewed(people: int = 3, *, school: int = 0, first: int = 1, occupation: str = "data-annotation") -> Group:
    """Everybody approved, the order open."""
    group = filed(people, school=school, first=first, occupation=occupation)
    by = builders.act(group.office, REVIEWED)
    for one in group.people:
        review.approve(one.pk, by=by)
    roster_orders.close_review(group.roster.pk, by=by)
    return group


def pay(group: Group, *, amount: Decimal | None = None, slip: str = "BANK-1", when: str = PAID) -> Payment:
    """Money from the institution; nobody is confirmed by it yet."""
    order, by = group.order, builders.act(group.finance, when)
    return money.record_payment(
        order.pk, amount=order.total if amount is None else amount, method="transfer", reference=slip, by=by
    )


def confirmed(people: int = 3, *, school: int = 0, first: int = 1, occupation: str = "data-annotation") -> Group:
    """Paid for, everybody confirmed, the signed forms in."""
    group = reviewed(people, school=school, first=first, occupation=occupation)
    pay(group, slip=f"BANK-{group.roster.pk}")
    roster_orders.confirm_some(group.order.pk, by=builders.act(group.finance, PAID))
    for one in group.people:
        review.receive_original(one.pk, by=builders.act(group.office, "2025-05-23T10:00"))
    return group
