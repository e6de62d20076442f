"""Random histories of one person: a pass is kept exactly as long as the notice says, and lost only by a new sitting."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from exams.enums import EntryKind, EntryStatus, MarkStatus
from exams.models import Entry, GivenUpPass, KeptPass, Mark, Occupation, Publication, Seat, Sitting
from exams.services import kept_passes
from exams.services.plans import plan_year, publish_plan
from exams.services.results import qualified
from kupasi.dates import add_years
from kupasi.errors import Refusal
from kupasi.people.models import Candidate, User
from registration.models import Application, Order
from registration.services import applications, conclusion, money, retakes, review, shown
from registration.services.invariants import broken
from registration.services.invariants_retakes import built_on_given_up, kept_beside_new, retake_too_late
from tests import builders
from tests.exams.retaking import a_part_passed, sat_again
from tests.exams.seating import a_session

pytestmark = pytest.mark.django_db
BEGIN = "2025-05-20T09:00"
NEEDED = {"theory", "practical"}
seen: dict[str, int] = {}


class History(RuleBasedStateMachine):
    """What the services did, beside a small model of what the notice says."""

    person: Candidate
    staff: dict[str, User]

    def __init__(self) -> None:
        super().__init__()
        self.frame = transaction.atomic()
        self.frame.__enter__()
        self.now: datetime = builders.at(BEGIN)
        self.open: Application | None = None
        self.kept: dict[str, date] = {}
        self.lost: list[date] = []
        self.whole = 0

    def teardown(self) -> None:
        assert [str(one) for one in broken()] == []
        for word, rows in (("lost", GivenUpPass), ("built", KeptPass), ("sat", Publication)):
            seen[word] = seen.get(word, 0) + rows.objects.count()
        transaction.set_rollback(True)
        self.frame.__exit__(None, None, None)

    @property
    def missing(self) -> set[str]:
        return NEEDED - set(self.kept)

    @property
    def may_retake(self) -> bool:
        days = self.kept.values()
        return bool(self.kept and self.missing) and self.now.date() <= min(add_years(day, 2) for day in days)

    def by(self, role: str = "") -> builders.Act:
        return builders.act(self.staff[role] if role else self.person.user, self.now)

    @rule(days=st.sampled_from([1, 9, 30, 170, 365]))
    def time_goes_by(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule()
    def apply_anew(self) -> None:
        self._apply(EntryKind.FULL)

    @rule()
    def apply_for_a_retake(self) -> None:
        before = self.may_retake
        made = self._apply(EntryKind.RETAKE)
        assert before or not made, "a retake without a right to it"

    def _apply(self, kind: EntryKind) -> bool:
        try:
            with transaction.atomic():
                draft = builders.a_draft(self.person, when=self.now)  # type: ignore[arg-type]  # a moment will do
                if kind == EntryKind.RETAKE:
                    retakes.start_retake(self.person, occupation="data-annotation", by=self.by())
                words = shown.giving_up_sentence(draft, on=self.now.date())
                self.open = applications.submit(draft.pk, by=self.by(), gives_up=words)
        except Refusal as refusal:
            seen[refusal.code or ""] = seen.get(refusal.code or "", 0) + 1
            return False
        return True

    @rule(how=st.sampled_from(["withdraw", "reject"]))
    def end_it_unpaid(self, how: str) -> None:
        if self.open is None or self.open.status != "submitted":
            return
        if how == "withdraw":
            applications.withdraw(self.open.pk, by=self.by())
        else:
            review.reject(self.open.pk, reason="测试", by=self.by("clerk"))
        self.open = None

    @rule()
    def confirm(self) -> None:
        if self.open is None or self.open.status != "submitted":
            return
        review.approve(self.open.pk, by=self.by("clerk"), reason="测试")
        order = Order.objects.get(application=self.open)
        money.record_payment(
            order.pk, amount=order.total, method="pos", reference=f"P-{order.pk}", by=self.by("finance")
        )
        self.open.refresh_from_db()
        if self.open.kind == EntryKind.FULL:
            if self.missing:
                self.lost += [day for day in self.kept.values() if self.now.date() <= add_years(day, 2)]
            self.kept = {}

    @rule(values=st.lists(st.sampled_from(["40", "60", "absent"]), min_size=2, max_size=2))
    def sit(self, values: list[str]) -> None:
        if self.open is None or self.open.entry is None:
            return
        entry, self.open = self.open.entry, None
        on = max(self.now.date(), entry.exam_session.exam_month)
        self.now = builders.at(f"{on}T18:00") + timedelta(days=3)
        for seat, value in zip(entry.seats.select_related("subject").order_by("pk"), values, strict=False):
            self._mark(seat, value, on)
            if value == "60":
                self.kept[seat.subject.code] = on
        Entry.objects.filter(pk=entry.pk).update(status=EntryStatus.PUBLISHED)
        conclusion.conclude([entry.pk], by=self.by("clerk"))
        self.whole += not self.missing

    @rule(again=st.booleans(), values=st.lists(st.sampled_from(["40", "60", "60"]), min_size=2, max_size=2))
    def go_all_the_way(self, again: bool, values: list[str]) -> None:
        """Runs that only wander get nowhere."""
        if self.open is None:
            self._apply(EntryKind.RETAKE if again and self.may_retake else EntryKind.FULL)
        self.confirm()
        self.sit(values)

    def _mark(self, seat: Seat, value: str, on: date) -> None:
        starts = builders.at(f"{on}T09:00") + timedelta(hours=3 * seat.subject.order)
        sitting, _ = Sitting.objects.get_or_create(
            exam_session=seat.entry.exam_session,
            subject=seat.subject,
            room=Sitting.objects.first().room,  # type: ignore[union-attr]  # the office has one
            on=on,
            defaults={"starts_at": starts, "ends_at": starts + timedelta(hours=2), "capacity": 9, "taken": 1},
        )
        Seat.objects.filter(pk=seat.pk).update(sitting=sitting, number=1, attendance="present")
        publication = Publication.objects.create(
            exam_session=sitting.exam_session, published_by=self.staff["publisher"], published_at=self.now, marks=1
        )
        Mark.objects.create(
            seat=seat,
            value=None if value == "absent" else Decimal(value),
            status=MarkStatus.ABSENT if value == "absent" else MarkStatus.NORMAL,
            settled_at=self.now,
            publication=publication,
            published_by=self.staff["publisher"],
        )

    @invariant()
    def the_wallet_says_what_the_notice_says(self) -> None:
        occupation = Occupation.objects.get(code="data-annotation")
        found = kept_passes.entitlement(self.person.pk, occupation.pk, on=self.now.date())
        assert {one.subject.code: one.passed_on for one in found.kept} == self.kept
        assert found.is_allowed == self.may_retake
        assert set(found.codes) == (self.missing if self.may_retake else set())

    @invariant()
    def what_is_lost_was_given_up_and_nothing_else(self) -> None:
        rows = GivenUpPass.objects.values_list("mark__seat__sitting__on", flat=True)
        assert sorted(rows) == sorted(self.lost)

    @invariant()
    def whole_when_every_part_is_passed(self) -> None:
        assert qualified().count() == self.whole

    @invariant()
    def nothing_is_broken(self) -> None:
        for look, rows in ((kept_beside_new, Application), (retake_too_late, Application), (built_on_given_up, Entry)):
            assert list(look(rows.objects.order_by("pk"))) == []


@pytest.mark.usefixtures("notice")
def test_no_history_keeps_or_loses_a_pass_against_the_notice() -> None:
    for year in (2026, 2027, 2028, 2029, 2030):
        publish_plan(plan_year(year, by=builders.act()).pk, by=builders.act(builders.a_user("supervisor")))
    a_session(on="2025-07-12")
    History.person = builders.a_candidate()
    History.staff = {role: builders.a_user(role) for role in ("clerk", "finance", "publisher")}
    seen.clear()
    chosen = settings(
        max_examples=10, stateful_step_count=15, deadline=None, derandomize=True, database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(History, settings=chosen)
    assert min(seen.get(word, 0) for word in ("lost", "built", "sat", "retake_none_passed")) > 0, seen


# --- twins: each of the three is broken on purpose and named ---


def codes() -> set[str]:
    return {one.code for one in broken()}


def a_paid_retake() -> Application:
    person = a_part_passed()
    draft = builders.a_draft(person, when="2025-08-20T09:00")
    by = builders.act(person.user, "2025-08-20T09:00")
    retakes.start_retake(person, occupation="data-annotation", by=by)
    return applications.submit(draft.pk, by=by)


@pytest.mark.usefixtures("notice")
def test_a_retake_after_its_day_is_named() -> None:
    made = a_paid_retake()
    assert "retake_in_time" not in codes()
    Application.objects.filter(pk=made.pk).update(submitted_at=builders.at("2027-07-13T00:00"))
    assert "retake_in_time" in codes()


@pytest.mark.usefixtures("notice")
def test_a_retake_on_nothing_is_named() -> None:
    a_paid_retake().kept_marks.clear()
    assert "retake_in_time" in codes()


@pytest.mark.usefixtures("notice")
def test_a_pass_left_beside_a_new_application_is_named() -> None:
    person = a_part_passed()
    entry = sat_again(person, "50", on="2025-09-13", kind=EntryKind.FULL, subjects=tuple(NEEDED))
    draft = builders.a_draft(person, when="2025-08-20T09:00")
    by = builders.act(person.user, "2025-08-20T09:00")
    applications.submit(draft.pk, by=by, gives_up="知悉")
    Application.objects.filter(pk=draft.pk).update(entry=entry, status="confirmed")
    assert "no_kept_pass_beside_new" not in codes()
    GivenUpPass.objects.all().delete()
    assert "no_kept_pass_beside_new" in codes()


@pytest.mark.usefixtures("notice")
def test_a_retake_on_a_pass_from_before_a_new_sitting_is_named() -> None:
    person = a_part_passed()
    sat_again(person, "70", on="2025-09-13", kind=EntryKind.FULL, subjects=("theory",))
    retake = sat_again(person, "70", on="2025-12-13")
    assert "retake_builds_on_kept" not in codes()
    KeptPass.objects.create(entry=retake, mark=Mark.objects.get(value=Decimal("82.5")))
    assert "retake_builds_on_kept" in codes()
