"""Cases of made-up people, taken along the road by the services themselves."""

from __future__ import annotations

from dataclasses import dataclass

from discipline.enums import LetterKind, Origin, Outcome, ServedHow, Signature
from discipline.models import Case, Decision
from discipline.services import confirming, deciding, effects, evidence, hearing, papers, recording
from discipline.services.deciding import Proposal
from discipline.services.recording import Incident, Reminder
from exams.enums import DutyRole
from exams.models import Duty, Entry, Seat
from kupasi.people.models import Candidate, User
from tests.builders import a_user, act, at, photo_bytes

ACT = "2025-07-12T10:00"
RECORDED, CONFIRMED, EXAMINED = "2025-07-12T10:30", "2025-07-12T12:30", "2025-07-14T10:00"
NOTICED, STATED, DECIDED = "2025-07-15T10:00", "2025-07-16T10:00", "2025-07-17T10:00"
SERVED, DONE = "2025-07-18T10:00", "2025-07-18T11:00"
ASKED, REVIEWED = "2025-07-21T10:00", "2025-07-25T10:00"
REMINDER = Reminder(at("2025-07-12T09:50"), "监考甲", "当面提醒")


@dataclass
class Staff:
    """A person for each step."""

    first: User
    second: User
    head: User
    clerk: User
    decider: User
    other: User
    reviewer: User


def staff() -> Staff:
    """Everybody whom S8 wants to be somebody else."""
    invigilators = [a_user("invigilator") for _ in range(2)]
    clerks = [a_user("clerk") for _ in range(2)]
    supervisors = [a_user("supervisor") for _ in range(3)]
    return Staff(*invigilators, *clerks, *supervisors)


def an_incident(clause: str = "三1", **changed: object) -> Incident:
    """A telephone in use."""
    facts: dict[str, object] = {"clause": clause, "act_at": at(ACT), "place": "第一考场", "facts": "使用手机查看资料。"}
    return Incident(**(facts | {"reminder": REMINDER} | changed))  # type: ignore[arg-type]


def recorded(seat: Seat, people: Staff, *, clause: str = "三1", **changed: object) -> Case:
    """The record, signed by the second person."""
    if seat.sitting is not None:
        seat.sitting.invigilators.add(people.first, people.second)
    case = recording.record_case(act(people.first, RECORDED), an_incident(clause, **changed), seat_id=seat.pk)
    return recording.countersign(case.pk, by=act(people.second, RECORDED))


def head_for(case: Case, people: Staff) -> User:
    """Whoever is head of the sitting's site on its day, entered if nobody is; the clerk for what has no sitting."""
    sitting = case.seat.sitting if case.seat else None
    if sitting is None:
        return people.head
    there = {"site": sitting.room.site, "on": sitting.on, "role": DutyRole.HEAD}
    duty, _ = Duty.objects.get_or_create(**there, defaults={"user": people.head})
    return duty.user


def confirmed(case: Case, people: Staff) -> Case:
    """By the head of the day, or the clerk for what has no sitting."""
    return confirming.confirm(case.pk, by=act(head_for(case, people), CONFIRMED))


def looked_into(case: Case, people: Staff, *, clause: str = "", severity: str = "") -> Case:
    """By the clerk, both sides heard."""
    return recording.examine(
        case.pk,
        by=act(people.clerk, EXAMINED),
        findings="双方说法一致。",
        clause=clause or case.clause.code,
        severity=severity,
        severity_reason="初次、主动承认" if severity else "",
    )


def examined(case: Case, people: Staff, *, clause: str = "", severity: str = "") -> Case:
    """Confirmed and examined."""
    confirmed(case, people)
    return looked_into(case, people, clause=clause, severity=severity)


def told_of(case: Case, people: Staff) -> None:
    """The notice, handed over."""
    hearing.give_notice(case.pk, by=act(people.clerk, NOTICED))
    serve(case, LetterKind.NOTICE, people, when=NOTICED)


def noticed(case: Case, people: Staff, *, clause: str = "", severity: str = "") -> Case:
    """Told in person."""
    examined(case, people, clause=clause, severity=severity)
    told_of(case, people)
    case.refresh_from_db()
    return case


def told(person: Candidate, people: Staff) -> Case:
    """A case about materials, with a photo, told to the person; no sitting is touched by it."""
    incident = an_incident("一", origin=Origin.MATERIALS, signature=Signature.ABSENT)
    case = recording.record_case(act(people.first, RECORDED), incident, candidate=person)
    evidence.add_evidence(case.pk, by=act(people.first, RECORDED), title="材料照片", data=photo_bytes())
    recording.countersign(case.pk, by=act(people.second, RECORDED))
    return noticed(case, people)


def serve(case: Case, kind: LetterKind, people: Staff, *, when: str) -> None:
    """Handed over against a signature."""
    by = act(people.clerk, when)
    papers.serve(case.pk, kind, by=by, how=ServedHow.PERSON, on=by.on, proof="本人签收")


def a_proposal(outcome: str = Outcome.UPHOLD, **changed: str) -> Proposal:
    """To decide as intended."""
    facts = {"outcome": outcome, "clause": "", "reason": "事实清楚。", "referral": "上海市人力资源和社会保障局"}
    return Proposal(**(facts | changed))


def decided(case: Case, people: Staff, proposal: Proposal | None = None, *, when: str = DECIDED) -> Case:
    """Waived, looked at, and signed by as many as needed."""
    hearing.waive(case.pk, by=act(case.candidate.user, STATED))
    case.refresh_from_db()
    wanted, by = proposal or a_proposal(), act(people.decider, when)
    plan = effects.preview(case, deciding.ruling_of(case, wanted, on=by.on), by=by)
    case = deciding.decide(case.pk, wanted, plan_hash=plan.sha256, by=by)
    if case.needs_two and case.status == "heard":
        case = deciding.sign(case.pk, plan_hash=plan.sha256, by=act(people.other, when))
    return case


def carried_out(case: Case, people: Staff, proposal: Proposal | None = None) -> Case:
    """The whole road to the end."""
    decided(case, people, proposal)
    serve(case, LetterKind.DECISION, people, when=SERVED)
    return deciding.carry_out(case.pk, by=act(people.decider, DONE))


def a_case(seat: Seat, people: Staff, *, clause: str = "三1", severity: str = "") -> Case:
    """A case carried out in one go."""
    if clause.startswith("四") and not severity:
        severity = "lesser"
    return carried_out(noticed(recorded(seat, people, clause=clause), people, severity=severity), people)


def plan_hash(case: Case) -> str:
    """What was signed."""
    return Decision.objects.get(case=case).plan_hash


def theory(entry: Entry) -> Seat:
    """The first subject's seat."""
    return entry.seats.select_related("sitting").order_by("subject__order")[0]
