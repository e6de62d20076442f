"""Cases in the small office: recorded for a seat or for false materials, pushed along the road, taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from discipline.enums import CaseStatus, LetterKind, Origin, Outcome, ServedHow
from discipline.models import Case, Decision
from discipline.services import confirming, deciding, effects, hearing, papers, recording, review
from discipline.services.deciding import Proposal
from discipline.services.recording import Incident, Reminder
from exams.models import Entry, Seat
from kupasi.errors import Refusal

from .office import REASON, Office

S = CaseStatus
FAR = 12  # steps from a record to a review that is over


class Cases:
    """Who records, examines, decides and reviews."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def at_seat(self, seat: Seat, clause: str) -> None:
        """Something that happened half an hour after the start."""
        assert seat.sitting is not None
        moment = seat.sitting.starts_at + timedelta(minutes=30)
        self.office.now = max(self.office.now, moment + timedelta(minutes=5))
        reminder = Reminder(moment - timedelta(minutes=5), "监考", "当面提醒")
        incident = Incident(clause=clause, act_at=moment, place="考场", facts=REASON, reminder=reminder)
        by = self.office.by("invigilator")
        self.office.say(lambda: recording.record_case(by, incident, seat_id=seat.pk))

    def of_materials(self, entry: Entry, clause: str) -> None:
        """False papers, found at the office."""
        act_at = self.office.now - timedelta(hours=1)
        incident = Incident(clause=clause, act_at=act_at, place="受理点", facts=REASON, origin=Origin.MATERIALS)
        self.office.say(lambda: recording.record_case(self.office.by("clerk"), incident, entry_id=entry.pk))

    def further(self, case: Case, outcome: str) -> bool:
        """Whatever usually comes next; False where there is nothing or it was refused."""
        case = Case.objects.select_related("candidate__user", "clause").get(pk=case.pk)
        step = self._steps(case, outcome).get(CaseStatus(case.status))
        return step is not None and not isinstance(self.office.say(step), Refusal)

    def to_the_end(self, case: Case, outcome: str, *, stop: CaseStatus | None = None) -> None:
        """As far as it goes, or until it stands at `stop`, a day apart."""
        for _ in range(FAR):
            if Case.objects.get(pk=case.pk).status == stop or not self.further(case, outcome):
                return
            self.office.now += timedelta(hours=20)

    def _steps(self, case: Case, outcome: str) -> dict[CaseStatus, Callable[[], object]]:
        by, own = self.office.by, self.office.of(case.candidate)
        head, again = ("head" if case.origin == Origin.ROOM else "clerk2"), self._sign_again
        first = (lambda: confirming.confirm(case.pk, by=by(head))) if case.second_by_id else (
            lambda: recording.countersign(case.pk, by=by("marker1"))
        )  # fmt: skip
        served = case.hearing_until is not None
        return {
            S.RECORDED: first,
            S.CONFIRMED: lambda: self._examine(case),
            S.EXAMINED: lambda: hearing.give_notice(case.pk, by=by("clerk")),
            S.NOTICED: (lambda: hearing.waive(case.pk, by=own)) if served else self._serve(case, LetterKind.NOTICE),
            S.HEARD: lambda: self._decide(case, outcome),
            S.DECIDED: self._serve(case, LetterKind.DECISION),
            S.SERVED: lambda: again(case) or deciding.carry_out(case.pk, by=by("supervisor")),
            S.CARRIED_OUT: lambda: review.ask(case.pk, by=own, text=REASON),
            S.IN_REVIEW: lambda: review.overturn(case.pk, by=by("supervisor3"), reason=REASON),
        }

    def _examine(self, case: Case) -> object:
        tier4 = case.clause.tier == 4
        return recording.examine(
            case.pk, by=self.office.by("clerk"), findings=REASON, clause=case.clause.code,
            severity="lesser" if tier4 else "", severity_reason=REASON if tier4 else "",
        )  # fmt: skip

    def _serve(self, case: Case, kind: LetterKind) -> Callable[[], object]:
        by = self.office.by("clerk")
        return lambda: papers.serve(case.pk, kind, by=by, how=ServedHow.PERSON, on=by.on, proof="签收")

    def _decide(self, case: Case, outcome: str) -> object:
        by, decision = self.office.by("supervisor"), Decision.objects.filter(case=case).first()
        if decision is not None:
            return self._sign(case, decision, "supervisor2")
        proposal = Proposal(outcome, case.clause.code, REASON)
        plan = effects.preview(case, deciding.ruling_of(case, proposal, on=by.on), by=by)
        return deciding.decide(case.pk, proposal, plan_hash=plan.sha256, by=by)

    def _sign(self, case: Case, decision: Decision, role: str) -> object:
        by = self.office.by(role)
        plan = effects.preview(case, deciding.standing(case, decision, by=by), by=by)
        return deciding.sign(case.pk, plan_hash=plan.sha256, by=by)

    def _sign_again(self, case: Case) -> object:
        """Where the world changed since, whoever signed looks and signs anew; None where nothing changed."""
        decision, by = Decision.objects.get(case=case), self.office.by("supervisor")
        now = effects.preview(case, deciding.standing(case, decision, by=by), by=by).sha256
        signed = {one["by"] for one in decision.signatures if one["hash"] == now}
        for role in ("supervisor", "supervisor2"):
            person = self.office.staff[role].pk
            if person in (case.decided_by_id, case.co_decided_by_id) and person not in signed:
                return self._sign(case, decision, role)
        return None


def chosen_outcome(drop: bool) -> str:
    """Mostly as intended."""
    return Outcome.DROP if drop else Outcome.UPHOLD
