"""R20: whatever happens in whatever order, the invariants hold after every step (KUPASI_STEPS for the longer run)."""

from __future__ import annotations

import os
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from certificates.models import Certificate
from discipline.enums import CaseStatus, Outcome
from discipline.models import Case, CaseStep
from exams.models import Entry, ExamSession, Seat
from registration.models import Application, Order
from registration.services import applications, review
from registration.services.invariants import broken
from tests import builders

from .office import REASON, Office, open_office
from .office_cases import Cases, chosen_outcome
from .office_rosters import RosterRules

pytestmark = pytest.mark.django_db
STEPS = int(os.environ.get("KUPASI_STEPS", "150"))
EACH = 30
WHO = st.integers(0, 3)
WHICH = st.integers(0, 11)
total: dict[str, int] = {}


class Life(RosterRules, RuleBasedStateMachine):
    """Anybody may do anything at any time; most of it is refused, and nothing breaks."""

    people: list = []
    staff: dict = {}

    def __init__(self) -> None:
        super().__init__()
        self.frame = transaction.atomic()
        self.frame.__enter__()
        self.office = Office(list(self.people), dict(self.staff))
        self.cases = Cases(self.office)

    def teardown(self) -> None:
        total["steps"] = total.get("steps", 0) + self.office.steps
        for state in Application.objects.values_list("status", flat=True):
            total[state] = total.get(state, 0) + 1
        for step in CaseStep.objects.values_list("what", flat=True):
            total[f"case {step}"] = total.get(f"case {step}", 0) + 1
        total["certificates"] = total.get("certificates", 0) + Certificate.objects.exclude(number=None).count()
        transaction.set_rollback(True)
        self.frame.__exit__(None, None, None)

    @initialize(lead=st.sampled_from(["nothing", "applied", "seated", "sat", "published", "sanctioned", "overturned"]))
    def begin(self, lead: str) -> None:
        """Runs that begin late get far."""
        if lead != "nothing":
            for person in self.people[:3]:
                self.office.apply(person, "data-annotation")
        if lead not in ("nothing", "applied"):
            self.everybody_further()
        if lead not in ("nothing", "applied", "seated"):
            self.office.now = builders.at("2025-07-09T09:00")
            self.office.issue_tickets()
            self.examine(-1, ["82.5", "60", "55"])
        if lead in ("published", "sanctioned", "overturned"):
            self.office.publish(ExamSession.objects.get(occupation__code="data-annotation"), "publisher")
            self.office.certify()
        if lead in ("sanctioned", "overturned"):
            self.a_case(stop=CaseStatus.CARRIED_OUT if lead == "sanctioned" else None)

    def a_case(self, *, stop: CaseStatus | None) -> None:
        """Somebody who passed, barred for the year; what comes after meets the bar, or what a review gave back."""
        seat = self.one(Seat.objects.filter(sitting__isnull=False), 0)
        if seat is not None:
            self.cases.at_seat(seat, "三1")
            self.cases.to_the_end(Case.objects.get(), Outcome.UPHOLD, stop=stop)

    @staticmethod
    def one(rows, which: int):  # type: ignore[no-untyped-def]
        """One of the rows, if there are any."""
        found = list(rows.order_by("pk"))
        return found[which % len(found)] if found else None

    @rule(who=WHO, occupation=st.sampled_from(["data-annotation", "model-application"]))
    def apply(self, who: int, occupation: str) -> None:
        self.office.apply(self.people[who], occupation)

    @rule(who=WHO, occupation=st.sampled_from(["data-annotation", "model-application"]))
    def retake(self, who: int, occupation: str) -> None:
        self.office.retake(self.people[who], occupation)

    @rule(which=WHICH)
    def further(self, which: int) -> None:
        chosen = self.one(Application.objects.exclude(status="draft"), which)
        if chosen is not None:
            self.office.further(chosen)

    @rule()
    def everybody_further(self) -> None:
        for chosen in Application.objects.filter(status__in=["submitted", "approved"]):
            self.office.further(chosen)
        for session in ExamSession.objects.order_by("pk"):
            self.office.seat(session)

    @rule(which=WHICH, what=st.sampled_from(["approve", "send_back", "resubmit", "reject", "withdraw", "original"]))
    def decide(self, which: int, what: str) -> None:
        chosen, clerk = self.one(Application.objects.all(), which), self.office.by("clerk")
        if chosen is None:
            return
        own = self.office.of(chosen.candidate)
        acts = {
            "approve": lambda: review.approve(chosen.pk, by=clerk, reason=REASON),
            "send_back": lambda: review.send_back(chosen.pk, items={"photo": REASON}, by=clerk),
            "resubmit": lambda: applications.resubmit(chosen.pk, by=own),
            "reject": lambda: review.reject(chosen.pk, reason=REASON, by=clerk),
            "withdraw": lambda: applications.withdraw(chosen.pk, by=own),
            "original": lambda: review.receive_original(chosen.pk, by=clerk),
        }
        self.office.say(acts[what])

    @rule(which=WHICH, amount=st.sampled_from(["100.00", "480.00", "500.00"]), slip=st.integers(1, 12))
    def pay(self, which: int, amount: str, slip: int) -> None:
        chosen = self.one(Order.objects.all(), which)
        if chosen is not None:
            self.office.pay(chosen, Decimal(amount), f"POS-{slip}")

    @rule(which=WHICH, amount=st.sampled_from(["20.00", "480.00"]))
    def refund(self, which: int, amount: str) -> None:
        chosen = self.one(Order.objects.all(), which)
        if chosen is not None:
            self.office.refund(chosen, Decimal(amount))

    @rule(hours=st.sampled_from([1, 30, 240]))
    def clock(self, hours: int) -> None:
        self.office.now += timedelta(hours=hours)
        self.office.sweep()
        self.office.issue_tickets()

    @rule(which=WHICH)
    def seat(self, which: int) -> None:
        self.office.seat(self.one(ExamSession.objects.all(), which))

    @rule(absent=st.integers(-1, 3), values=st.lists(st.sampled_from(["55", "60", "82.5"]), min_size=1, max_size=3))
    def examine(self, absent: int, values: list[str]) -> None:
        self.office.sit(absent)
        self.office.mark(values)

    @rule(which=WHICH, role=st.sampled_from(["publisher", "publisher", "marker1"]))
    def publish(self, which: int, role: str) -> None:
        self.office.publish(self.one(ExamSession.objects.all(), which), role)

    @rule()
    def certify(self) -> None:
        self.office.certify()

    @rule(which=WHICH)
    def void(self, which: int) -> None:
        chosen = self.one(Certificate.objects.all(), which)
        if chosen is not None:
            self.office.void(chosen)

    @rule(who=WHO, days=st.sampled_from([3, 100]))
    def bar(self, who: int, days: int) -> None:
        self.office.bar(self.people[who], days)

    @rule(which=WHICH, clause=st.sampled_from(["二1", "二4", "三1", "四2"]), ends=st.sampled_from([False, False, True]))
    def breach(self, which: int, clause: str, ends: bool) -> None:
        chosen = self.one(Seat.objects.filter(sitting__isnull=False), which)
        if chosen is not None:
            self.cases.at_seat(chosen, clause)
            if ends:
                self.cases.to_the_end(Case.objects.latest("pk"), chosen_outcome(which == 0))

    @rule(which=WHICH, clause=st.sampled_from(["一", "四1"]))
    def false_materials(self, which: int, clause: str) -> None:
        chosen = self.one(Entry.objects.all(), which)
        if chosen is not None:
            self.cases.of_materials(chosen, clause)

    @rule(which=WHICH, drop=st.sampled_from([False, False, True]))
    def case_further(self, which: int, drop: bool) -> None:
        chosen = self.one(Case.objects.all(), which)
        if chosen is not None:
            self.cases.further(chosen, chosen_outcome(drop))

    @rule()
    def again(self) -> None:
        self.office.again()

    @invariant()
    def nothing_is_broken(self) -> None:
        assert [str(one) for one in broken()] == []


def test_nothing_that_happens_breaks_an_invariant() -> None:
    Life.people, Life.staff = open_office()
    total.clear()
    chosen = settings(
        max_examples=max(5, STEPS // 30),
        stateful_step_count=EACH,
        deadline=None,
        derandomize="KUPASI_STEPS" not in os.environ,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Life, settings=chosen)
    assert total["steps"] >= STEPS
    reached = {state for state in total if state.startswith("case ")}
    assert {"case recorded", "case carried_out", "case overturned"} <= reached or STEPS < 2000, total
