"""A small office run by services alone: everything that may happen to a few people and three places, in any order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from certificates import services as certificates
from certificates.models import Certificate
from certificates.services import batches
from discipline import services as discipline
from discipline.models import Bar, Case, Clause
from exams.enums import Attendance, DutyRole, SittingStatus
from exams.models import AdmissionTicket, Duty, Entry, ExamSession, Seat, Sitting
from exams.services import arranging, attendance, marks, publication, tickets
from exams.services.batches import preview
from kupasi.acts import Act
from kupasi.approvals import services as approvals
from kupasi.audit.models import Entry as AuditEntry
from kupasi.errors import Refusal
from kupasi.people.models import Candidate, User
from registration.models import Application, Order, Payment, Refund
from registration.services import applications, deadlines, money, retakes, review
from tests import builders
from tests.certificates.made import a_series
from tests.exams.seating import a_session

BEGIN, EXAM = "2025-05-20T09:00", "2025-07-12"
WATCHED: tuple[Any, ...] = (Application, Entry, AdmissionTicket, Certificate, Bar, Case, Payment, Refund)
STAFF = ("clerk", "finance", "supervisor", "publisher", "invigilator")
REASON = "测试理由"


def open_office(*, people: int = 4) -> tuple[list[Candidate], dict[str, User]]:
    """What every run begins with: the notice, two sessions of three places, rooms, people with a draft each."""
    builders.load_notice()
    staff = {role: builders.a_user(role) for role in STAFF} | {
        f"marker{one}": builders.a_user("marker") for one in "12"
    }
    staff |= {f"supervisor{one}": builders.a_user("supervisor") for one in "23"}
    staff |= {"head": builders.a_user("invigilator"), "clerk2": builders.a_user("clerk")}
    for occupation, room in (("data-annotation", "甲"), ("model-application", "乙")):
        session = a_session(on=EXAM, capacity=3, occupation=occupation, room=room)
        ExamSession.objects.filter(pk=session.row.pk).update(capacity=3)
        a_series(occupation=occupation)
        for sitting in session.sittings:
            sitting.invigilators.add(staff["invigilator"])
            sitting.markers.add(staff["marker1"], staff["marker2"])
    Duty.objects.create(site=session.room.site, on=session.sittings[0].on, user=staff["head"], role=DutyRole.HEAD)
    return [builders.a_candidate() for _ in range(people)], staff


class Office:
    """The clock, the people, and what may be done; `say` does it, takes a refusal for an answer, and looks after."""

    def __init__(self, people: list[Candidate], staff: dict[str, User]) -> None:
        self.people, self.staff, self.now = people, staff, builders.at(BEGIN)
        self.last: Callable[[], object] | None = None
        self.steps = 0

    def by(self, role: str) -> Act:
        """An act of somebody of the office, now."""
        return Act(self.staff[role], self.now, "127.0.0.1")

    def of(self, person: Candidate) -> Act:
        """An act of a candidate, now."""
        return Act(person.user, self.now, "127.0.0.1")

    def say(self, act: Callable[[], object]) -> object:
        """One call: whatever it changed has its lines, and a refused one changed and wrote nothing."""
        self.steps += 1
        before, last_line = watched(), last_audit()
        refused = None
        try:
            answer = act()
            self.last = act
        except Refusal as refusal:
            answer = refused = refusal
        changed = {key for key, value in watched().items() if before.get(key) != value}
        lines = [(one.action, one.object_type, one.object_id) for one in AuditEntry.objects.filter(pk__gt=last_line)]
        told = {(kind, key) for _, kind, key in lines}
        assert len(set(lines)) == len(lines), f"written twice: {lines}"
        assert changed <= told, f"changed without a line: {changed - told}"
        assert refused is None or not (changed or lines) or refused.code == "stale", f"{refused.code} left {lines}"
        return answer

    # --- the front desk ----------------------------------------------------------------------------------------------
    def apply(self, person: Candidate, occupation: str) -> None:
        """From an empty form to a submitted one."""
        draft = Application.objects.filter(candidate=person, status="draft").first()
        if draft is None:
            draft = builders.a_draft(person, occupation=occupation, when=self.now)  # type: ignore[arg-type]
        gives = applications_sentence(draft, self.now)
        self.say(lambda: applications.submit(draft.pk, by=self.of(person), gives_up=gives))

    def retake(self, person: Candidate, occupation: str) -> None:
        """The missing subjects, for whoever has a right to them."""
        draft = Application.objects.filter(candidate=person, status="draft").first()
        if draft is None:
            draft = builders.a_draft(person, occupation=occupation, when=self.now)  # type: ignore[arg-type]
        begun = self.say(lambda: retakes.start_retake(person, occupation=occupation, by=self.of(person)))
        if not isinstance(begun, Refusal):
            self.say(lambda: applications.submit(draft.pk, by=self.of(person)))

    def pay(self, order: Order, amount: Decimal, slip: str) -> None:
        """Money at the counter."""
        self.say(
            lambda: money.record_payment(order.pk, amount=amount, method="pos", reference=slip, by=self.by("finance"))
        )

    def further(self, application: Application) -> None:
        """Whatever usually comes next for an application that is on its way."""
        self.say(lambda: review.approve(application.pk, by=self.by("clerk"), reason=REASON))
        order = Order.objects.filter(application=application).first()
        if order is not None and order.total > order.net:
            self.pay(order, order.total - order.net, f"REST-{order.pk}-{self.steps}")
        self.say(lambda: review.receive_original(application.pk, by=self.by("clerk")))

    def sweep(self) -> None:
        """Let lapse what is due."""
        for pk in deadlines.lapse_due(self.now):
            self.say(lambda pk=pk: deadlines.lapse(pk, by=Act(None, self.now, job="lapse-unpaid")))

    def refund(self, order: Order, amount: Decimal) -> None:
        """Asked by the clerk, approved by finance."""
        payload = {"amount": f"{amount:.2f}", "available": f"{order.net:.2f}"}
        asked = self.say(
            lambda: approvals.ask(self.by("clerk"), kind="refund", about=order, payload=payload, reason=REASON)
        )
        if not isinstance(asked, Refusal):
            seen = asked.digest  # type: ignore[attr-defined]
            self.say(lambda: approvals.approve(asked.pk, seen=seen, by=self.by("finance")))  # type: ignore[attr-defined]

    # --- the exam ----------------------------------------------------------------------------------------------------
    def issue_tickets(self) -> None:
        """Whoever is due."""
        for pk in tickets.due(self.now.date()):
            self.say(lambda pk=pk: tickets.issue(pk, by=Act(None, self.now, job="issue-tickets")))

    def sit(self, absent: int) -> None:
        """The day itself: everybody stated, one perhaps absent, the rooms closed."""
        self.now = max(self.now, builders.at(f"{EXAM}T17:30"))
        for place, seat in enumerate(Seat.objects.filter(sitting__isnull=False).order_by("pk")):
            state = Attendance.ABSENT if place == absent else Attendance.PRESENT
            self.say(
                lambda pk=seat.pk, state=state: attendance.state_attendance(
                    pk, attendance=state, by=self.by("invigilator")
                )
            )
        for sitting in Sitting.objects.exclude(status=SittingStatus.CLOSED):
            self.say(lambda pk=sitting.pk: attendance.close_sitting(pk, by=self.by("invigilator")))

    def mark(self, values: list[str]) -> None:
        """Two markers read every paper that came in."""
        self.now = max(self.now, builders.at(f"{EXAM}T18:00"))
        for place, seat in enumerate(Seat.objects.filter(sitting__isnull=False).order_by("pk")):
            for marker in ("marker1", "marker2"):
                value = values[place % len(values)]
                self.say(
                    lambda pk=seat.pk, value=value, marker=marker: marks.enter_mark(pk, value=value, by=self.by(marker))
                )

    def publish(self, session: ExamSession, role: str) -> None:
        """Look, then exactly that; a marker who tries is refused."""
        shown = preview(session.pk)
        self.say(lambda: publication.publish(session.pk, by=self.by(role), expected_hash=shown.sha256))

    def seat(self, session: ExamSession) -> None:
        """Everybody who can be seated."""
        self.say(lambda: arranging.seat_session(session.pk, by=self.by("clerk")))

    # --- certificates and bars ---------------------------------------------------------------------------------------
    def certify(self) -> None:
        """Open, number and print whatever is due."""
        by = Act(None, self.now, job="issue-certificates")
        self.say(lambda: certificates.open_certificates(by=by, barred=certificates.barred_on(by.on)))
        for session, _ in batches.sessions_waiting():
            self.say(lambda session=session: self.approve_list(session))
        for pk in certificates.due_ids(by=by):
            self.say(lambda pk=pk: certificates.issue(pk, by=by))

    def approve_list(self, session: ExamSession) -> None:
        """One lists who is qualified, another approves exactly that."""
        asker = self.by("publisher")
        shown = certificates.list_up(session.pk, on=asker.on)
        _, proposal = certificates.propose(session.pk, expected=shown.digest, reason=REASON, by=asker)
        approvals.approve(proposal.pk, seen=proposal.digest, by=self.by("supervisor"))

    def void(self, certificate: Certificate) -> None:
        """For ever."""
        self.say(lambda: certificates.void(certificate.pk, reason=REASON, by=self.by("supervisor")))

    def bar(self, person: Candidate, days: int) -> None:
        """From today on."""
        until = self.now.date() + timedelta(days=days)
        clause = Clause.objects.get(code="三1")
        self.say(
            lambda: discipline.register_bar(
                self.by("supervisor"),
                candidate=person,
                clause=clause,
                barred_from=self.now.date(),
                barred_until=until,
                source="来文",
            )
        )

    def again(self) -> None:
        """The last call arrives once more."""
        if self.last is not None:
            self.say(self.last)


def applications_sentence(draft: Application, at: datetime) -> str:
    """The sentence in which kept passes are given up, as the page shows it."""
    from registration.services.shown import giving_up_sentence

    return giving_up_sentence(draft, on=at.date()) if draft.occupation_id else ""


def watched() -> dict[tuple[str, str], tuple[Any, ...]]:
    """The rows whose every change must have a line, with their states."""
    found: dict[tuple[str, str], tuple[Any, ...]] = {}
    for model in WATCHED:
        names = [name for name in ("status", "version", "original_at") if hasattr(model, name)]
        for pk, *state in model.objects.values_list("pk", *names):
            found[model._meta.label_lower, str(pk)] = tuple(state)
    return {key: value for key, value in found.items() if value[:1] != ("draft",)}


def last_audit() -> int:
    """The key of the newest line."""
    return AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
