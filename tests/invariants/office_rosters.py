"""Institutions' lists in the small office: signed, filed, reviewed, paid, objected to, in any order."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from django.db import IntegrityError, transaction
from hypothesis import strategies as st
from hypothesis.stateful import rule

from kupasi.acts import Act
from kupasi.approvals import services as approvals
from kupasi.errors import Refusal
from kupasi.people.enums import DocumentKind
from registration.enums import ObjectionOutcome, RosterStatus
from registration.models import Application, Order, Roster, RosterObjection, RosterRow
from registration.services import roster_orders
from registration.services.rosters import contents, deciding, filing, objections, office, signing
from registration.services.rosters.objections import Asker
from tests import builders
from tests.registration import lists

from .office import REASON, Office

WHICH = st.integers(0, 11)
OUTCOMES = st.sampled_from(list(ObjectionOutcome))


class Lists:
    """Two institutions, each with somebody who lists and somebody who signs."""

    def __init__(self, small: Office) -> None:
        self.office = small
        self.houses = [
            {role: lists.a_member(f"institution_{role}", lists.a_school(at)) for role in ("clerk", "approver")}
            for at in (0, 1)
        ]

    def begin(self, house: int, *, people: int, first: int, occupation: str) -> None:
        """A list is made, signed by another person and handed in."""
        members = self.houses[house]
        when = f"{self.office.now:%Y-%m-%dT%H:%M}"
        try:
            with transaction.atomic():
                roster = lists.a_roster(
                    members["clerk"], people=people, when=when, first=first, occupation=occupation
                )  # fmt: skip
        except IntegrityError:  # somebody stands on another list of this institution
            return
        by = Act(members["approver"], self.office.now)
        self.office.say(lambda: signing.sign(roster.pk, seen=signing.list_hash(roster.pk), by=by))
        self.office.say(lambda: signing.submit(roster.pk, by=by))

    def sweep(self) -> None:
        """What the worker does: lines become applications, paid people are confirmed, the unpaid lapse."""
        by = Act(None, self.office.now, job="file-rosters")
        for pk in list(filing.pending().values_list("pk", flat=True)):
            self.office.say(lambda pk=pk: filing.file_row(pk, by=by))
        for pk in list(roster_orders.confirm_due().values_list("pk", flat=True)):
            self.office.say(lambda pk=pk: roster_orders.confirm_one(pk, by=by))
        for order in list(roster_orders.overdue(self.office.now)):
            self.office.say(lambda pk=order.pk: roster_orders.lapse_order(pk, by=by))
        for pk in list(roster_orders.lapse_people_due().values_list("pk", flat=True)):
            self.office.say(lambda pk=pk: roster_orders.lapse_person(pk, by=by))

    def review(self, roster: Roster) -> None:
        """Everybody at once but the exceptions, the forms, and the end of the review."""
        by = self.office.by("clerk")
        seen, missing = office.to_approve(roster).count(), office.without_original(roster).count()
        self.office.say(lambda: office.approve_rest(roster.pk, seen=seen, by=by))
        self.office.say(lambda: office.receive_originals(roster.pk, seen=missing, by=by))
        self.office.say(lambda: roster_orders.close_review(roster.pk, by=by))

    def object_to(self, row: RosterRow) -> None:
        """The person says no."""
        values = contents(row).values
        asker = Asker.of(kind=DocumentKind(values.document_kind), number=values.number, phone=values.phone)
        self.office.say(lambda: objections.object_to(row.pk, asker=asker, by=Act(None, self.office.now, "127.0.0.1")))

    def decide(self, objection: RosterObjection, outcome: ObjectionOutcome) -> None:
        """The office finds for one side."""
        row, by = objection.row, self.office.by("clerk")
        self.office.say(
            lambda: deciding.decide_some(row.roster_id, [row.pk], outcome=outcome, reason=REASON, by=by)
        )  # fmt: skip

    def refund(self, order: Order, person: Application) -> None:
        """One person's fee goes back, by two people."""
        owed = sum((one.amount for one in order.items.filter(application=person)), Decimal("0.00"))
        payload = {"amount": f"{owed:.2f}", "person": person.pk}
        ask: Callable[[], object] = lambda: approvals.ask(  # noqa: E731
            self.office.by("clerk"), kind="refund", about=order, payload=payload, reason=REASON
        )
        asked = self.office.say(ask)
        if not isinstance(asked, Refusal):
            seen, pk = asked.digest, asked.pk  # type: ignore[attr-defined]
            self.office.say(lambda: approvals.approve(pk, seen=seen, by=self.office.by("finance")))


class RosterRules:
    """The steps of lists, for the machine of `test_stateful`."""

    office: Office
    lists: Lists | None = None

    @property
    def desk(self) -> Lists:
        """Opened with the first list of a run."""
        if self.lists is None:
            self.lists = Lists(self.office)
        return self.lists

    @rule(house=st.integers(0, 1), people=st.integers(1, 2), first=st.integers(1, 4),
          occupation=st.sampled_from(["data-annotation", "model-application"]))  # fmt: skip
    def hand_in_a_list(self, house: int, people: int, first: int, occupation: str) -> None:
        if builders.at("2025-05-16T00:00") <= self.office.now < builders.at("2025-06-15T00:00"):
            self.desk.begin(house, people=people, first=first, occupation=occupation)

    @rule()
    def work_on_lists(self) -> None:
        if Roster.objects.exists():
            self.desk.sweep()

    @rule(which=WHICH)
    def review_a_list(self, which: int) -> None:
        chosen = self.one(Roster.objects.filter(status=RosterStatus.SUBMITTED), which)  # type: ignore[attr-defined]
        if chosen is not None:
            self.desk.sweep()
            self.desk.review(chosen)

    @rule(which=WHICH)
    def pay_for_a_list(self, which: int) -> None:
        chosen = self.one(Order.objects.filter(roster__isnull=False), which)  # type: ignore[attr-defined]
        if chosen is not None and chosen.total > chosen.net:
            self.office.pay(chosen, chosen.total - chosen.net, f"LIST-{chosen.pk}-{self.office.steps}")
            self.desk.sweep()

    @rule(which=WHICH)
    def object_to_a_line(self, which: int) -> None:
        chosen = self.one(RosterRow.objects.current().filter(roster__submitted_at__isnull=False), which)  # type: ignore[attr-defined]
        if chosen is not None:
            self.desk.object_to(chosen)

    @rule(which=WHICH, outcome=OUTCOMES)
    def decide_an_objection(self, which: int, outcome: ObjectionOutcome) -> None:
        chosen = self.one(RosterObjection.objects.undecided(), which)  # type: ignore[attr-defined]
        if chosen is not None:
            self.desk.decide(chosen, outcome)

    @rule(which=WHICH)
    def refund_one_of_a_list(self, which: int) -> None:
        chosen = self.one(Application.objects.filter(group_items__isnull=False).distinct(), which)  # type: ignore[attr-defined]
        if chosen is not None:
            self.desk.refund(Order.objects.filter(items__application=chosen).distinct().get(), chosen)
