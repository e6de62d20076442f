"""From the incident to an examined case: recorded by two, and once it is confirmed examined (rules S2, S8)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from discipline.enums import CaseStatus, Origin, Signature, Step
from discipline.models import Case, Clause, Evidence
from discipline.rules import clause_named, judge_times
from discipline.rules.sanctions import SanctionAnswer, sanction
from exams.models import Entry, Seat
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.clock import local_day
from kupasi.errors import Refusal, raise_first
from kupasi.people.models import Candidate

from . import desk

FACTS_LENGTH = 4000


@dataclass(frozen=True, slots=True)
class Reminder:
    """That the person was reminded and did not heed it: when, by whom, how (rules S2)."""

    at: datetime | None = None
    by: str = ""
    how: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether all three are there."""
        return self.at is not None and bool(self.by.strip()) and bool(self.how.strip())


@dataclass(frozen=True, slots=True)
class Incident:
    """What happened, as two people of the staff write it down."""

    clause: str
    act_at: datetime
    place: str
    facts: str
    signature: str = Signature.SIGNED
    reminder: Reminder = field(default_factory=Reminder)
    origin: str = Origin.ROOM
    application_number: str = ""


def clause_on(code: str, *, on: datetime) -> Clause:
    """The clause in force on the day of the act. Refuses with `unknown_clause`."""
    day, fact = local_day(on), clause_named(code)
    rows = Clause.objects.filter(code=fact.code if fact else "", effective_from__lte=day)
    found = rows.filter(Q(effective_until=None) | Q(effective_until__gte=day)).order_by("-effective_from").first()
    if found is None:
        raise Refusal("unknown_clause", "没有这一条款，请从须知 一至四 的条款中选择。", "须知")
    return found


@transaction.atomic
def record_case(
    by: Act,
    incident: Incident,
    *,
    seat_id: int | None = None,
    entry_id: int | None = None,
    candidate: Candidate | None = None,
) -> Case:
    """Record an incident at a seat, of an entry, or of a person; from now on the sitting's results are held (S9).

    The same person recording the same moment and clause again gets the record that is there. Refuses with
    `unknown_clause`, `reminder_missing`, `reminder_late`, `seat_missing`, `bad_time`, `facts_missing`, `not_yours`.
    """
    seat = Seat.objects.select_related("entry__candidate", "sitting").get(pk=seat_id) if seat_id else None
    entry = seat.entry if seat else Entry.objects.select_related("candidate").get(pk=entry_id) if entry_id else None
    person = entry.candidate if entry else candidate
    if person is None:
        raise Refusal("person_missing", "请先选择参评人员。", desk.CLAUSE)
    clause = clause_on(incident.clause, on=incident.act_at)
    _judge(by, incident, clause=clause, seat=seat)
    Candidate.objects.select_for_update().get(pk=person.pk)
    same = Case.objects.filter(candidate=person, entry=entry, clause=clause, act_at=incident.act_at)
    found = same.filter(recorded_by=by.person).first()
    return found or _write(by, incident, clause=clause, person=person, entry=entry, seat=seat)


def _judge(by: Act, incident: Incident, *, clause: Clause, seat: Seat | None) -> None:
    desk.need(incident.facts, code="facts_missing", message="请写明事实：看到什么、在哪里、怎样处理。")
    desk.need(incident.place, code="facts_missing", message="请写明地点。")
    raise_first(judge_times(incident.act_at, incident.reminder.at, now=by.at))
    on_another_day = seat is not None and seat.sitting is not None and seat.sitting.on != local_day(incident.act_at)
    if on_another_day and incident.origin == Origin.ROOM:
        raise Refusal("bad_time", "行为时间不在这一场考试当天，请核对；事后发现的由受理人员记录。", desk.CLAUSE)
    fact = clause_named(clause.code)
    if fact is not None and fact.needs_reminder and not incident.reminder.is_whole:
        raise_first(_answer(clause.code, incident).refusals)
    if clause.tier == 2 and seat is None:
        raise Refusal("seat_missing", "须知 二只取消一个科目的成绩，请从座位记录，以确定科目。", f"须知 {clause.code}")
    if seat is not None and not desk.examines(by) and by.actor is not None:
        staff = seat.sitting.invigilators.all() | seat.sitting.markers.all() if seat.sitting else None
        if staff is None or not staff.filter(pk=by.actor.pk).exists():
            raise Refusal("not_yours", "您不是本场的工作人员。", desk.CLAUSE)


def _answer(code: str, incident: Incident) -> SanctionAnswer:
    day = local_day(incident.act_at)
    return sanction(
        code, act_on=day, act_is_exam_day=True, decided_on=day, severity="lesser", reminder=incident.reminder.is_whole
    )


def _write(
    by: Act, incident: Incident, *, clause: Clause, person: Candidate, entry: Entry | None, seat: Seat | None
) -> Case:
    day, reminder = local_day(incident.act_at), incident.reminder
    whole = reminder.is_whole
    case = Case.objects.create(
        origin=incident.origin,
        candidate=person,
        entry=entry,
        seat=seat,
        application_number=incident.application_number,
        clause=clause,
        act_at=incident.act_at,
        act_on=day,
        act_is_exam_day=entry is not None and Seat.objects.filter(entry=entry, sitting__on=day).exists(),
        place=incident.place.strip()[:120],
        facts=incident.facts.strip()[:FACTS_LENGTH],
        reminder_at=reminder.at if whole else None,
        reminder_by=reminder.by.strip()[:50] if whole else "",
        reminder_how=reminder.how.strip()[:200] if whole else "",
        signature=incident.signature,
        recorded_by=by.person,
        recorded_at=by.at,
        moved_at=by.at,
    )
    case.number = f"WJ{by.on:%y}{case.pk:07}"
    case.save(update_fields=["number"])
    desk.add_step(case, Step.RECORDED, by=by)
    record(by, "case.recorded", case, after={"clause": clause.code, "origin": incident.origin, "candidate": person.pk})
    desk.sync_hold(case.entry_id, by=by)
    return case


@transaction.atomic
def countersign(case_id: int, *, by: Act) -> Case:
    """The second person of the staff signs the record and the evidence so far (S8).

    Signing twice changes nothing. Refuses with `same_person`, `wrong_status`.
    """
    case = desk.locked(case_id)
    if case.second_by_id == by.person.pk:
        return case
    desk.expect(case, CaseStatus.RECORDED)
    if case.second_by_id is not None:
        raise Refusal("wrong_status", "第二名工作人员已经签署。", desk.CLAUSE)
    if case.recorded_by_id == by.person.pk:
        raise Refusal("same_person", "现场记录须由两名工作人员共同完成，请由另一人签署。", "须知")
    case.second_by = by.person
    Evidence.objects.filter(case=case, signed_by=None, added_by=case.recorded_by).update(signed_by=by.person)
    desk.note_step(case, Step.COUNTERSIGNED, by=by)
    return case


@transaction.atomic
def examine(
    case_id: int, *, by: Act, findings: str, clause: str, severity: str = "", severity_reason: str = ""
) -> Case:
    """What was found, having heard both sides: the clause that fits and, for 须知 四, the reasoned severity (S4, S8).

    Refuses with `wrong_status`, `findings_missing`, `evidence_unsigned`, `seat_missing`, and as the rule of sanctions
    does (`reminder_missing`, `severity_missing`).
    """
    case = desk.locked(case_id)
    desk.expect(case, CaseStatus.CONFIRMED)
    case.findings = desk.need(findings, code="findings_missing", message="请写明调查情况和双方的说法。")
    if Evidence.objects.filter(case=case, signed_by=None, is_own=False).exists():
        raise Refusal("evidence_unsigned", "有证据还没有第二人签署，请先补签。", desk.CLAUSE)
    case.clause = clause_on(clause, on=case.act_at)
    if case.clause.tier == 2 and case.seat_id is None:
        raise Refusal("seat_missing", "须知 二只取消一个科目的成绩，本事项没有对应的座位。", f"须知 {clause}")
    case.severity = severity if case.clause.tier == 4 else ""
    case.severity_reason = severity_reason.strip() if case.severity else ""
    if case.severity:
        desk.need(case.severity_reason, code="severity_missing", message="请写明认定情节轻重的理由。")
    raise_first(
        sanction(
            case.clause.code,
            act_on=case.act_on,
            act_is_exam_day=case.act_is_exam_day,
            decided_on=by.on,
            severity=case.severity or None,
            reminder=case.is_reminded,
        ).refusals
    )
    case.examined_by = by.person
    desk.move(case, CaseStatus.EXAMINED, Step.EXAMINED, by=by, note=case.findings)
    return case
