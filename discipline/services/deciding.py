"""Deciding: the effects are looked at, signed by hash, numbered, put on paper; carried out once served (S8, S9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from discipline.enums import CaseStatus, LetterKind, Outcome, Severity, Step
from discipline.models import Case, Clause, Decision
from discipline.rules import clause_named, judge_decider, judge_hearing
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.dates import local_day
from kupasi.errors import Refusal
from kupasi.notices.services import queue

from . import desk, effects, papers, ties
from .effects import Ruling
from .ledger import Plan
from .recording import clause_on

SIGNABLE = (CaseStatus.NOTICED, CaseStatus.HEARD)
REASON_LENGTH = 4000


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a supervisor wants to decide, and why."""

    outcome: str
    clause: str
    reason: str
    severity: str = ""
    severity_reason: str = ""
    referral: str = ""


def ruling_of(case: Case, proposal: Proposal, *, on: date) -> Ruling:
    """The ruling that a proposal asks for; upholding takes the intended clause and severity.

    Refuses with `unknown_clause`, `heavier_than_noticed`, `seat_missing`, `not_reduced`.
    """
    if proposal.outcome == Outcome.DROP:
        return Ruling(Outcome.DROP, case.clause, "", on)
    if proposal.outcome == Outcome.UPHOLD:
        return Ruling(Outcome.UPHOLD, case.clause, case.severity, on)
    clause = clause_on(proposal.clause, on=case.act_at)
    severity = proposal.severity if clause.tier == 4 else ""
    before, now = _weight(case.clause, case.severity), _weight(clause, severity)
    if now > before:
        raise Refusal(
            "heavier_than_noticed", "决定不能重于告知过的处理意见；要加重的，须重新告知。", "本单位规定：违纪处理程序"
        )
    if now == before and clause == case.clause:
        raise Refusal(
            "not_reduced", "从轻处理要选较轻的条款或情节；不变的，请选“按拟处理意见决定”。", "本单位规定：违纪处理程序"
        )
    if clause.tier == 2 and case.seat_id is None:
        raise Refusal("seat_missing", "须知 二只取消一个科目的成绩，本事项没有对应的座位。", f"须知 {clause.code}")
    return Ruling(Outcome.REDUCE, clause, severity, on)


def _weight(clause: Clause, severity: str) -> tuple[int, bool]:
    """须知 四 serious > 四 lesser > 三 > 二; 须知 一 takes a whole sitting without a bar, like 三 without the year."""
    rank = {2: 1, 1: 2, 3: 3, 4: 4}[clause.tier]
    return rank, severity == Severity.SERIOUS


@transaction.atomic
def decide(case_id: int, proposal: Proposal, *, plan_hash: str, by: Act) -> Case:
    """Decide by signing exactly the effects that were looked at; 须知 四 then waits for the second signature.

    Refuses with `wrong_status`, `notice_not_served`, `hearing_open`, `same_person`, `reason_missing`,
    `severity_missing`, `heavier_than_noticed`, and `plan_changed` when the effects are no longer what was shown.
    """
    case = desk.locked(case_id)
    desk.expect(case, *SIGNABLE)
    if case.decided_by_id is not None:
        raise Refusal("wrong_status", "已有一位主管签署了决定，请核对后签署或请其收回。", desk.CLAUSE)
    _judge(case, by=by)
    ruling = ruling_of(case, proposal, on=by.on)
    plan = effects.preview(case, ruling, by=by)
    _expect_hash(plan, plan_hash)
    _write(case, proposal, ruling, plan, by=by)
    return sign(case_id, plan_hash=plan_hash, by=by)


def _judge(case: Case, *, by: Act) -> None:
    if case.hearing_until is None and not case.answer:
        raise Refusal("notice_not_served", "告知书还没有送达，请先登记送达。", desk.CLAUSE)
    if case.hearing_until is not None:
        open_still = judge_hearing(by.on, hearing_ends_on=case.hearing_until, answered=bool(case.answer))
        if open_still:
            raise Refusal.from_fact(open_still)
    judge_fresh(case, by=by)


def judge_fresh(case: Case, *, by: Act) -> None:
    """Refuse with `same_person` whoever recorded or examined the case (S8), with `related` whoever is tied to it."""
    recorded = [pk for pk in (case.recorded_by_id, case.second_by_id) if pk]
    examined = [case.examined_by_id] if case.examined_by_id else []
    wrong = judge_decider(by.person.pk, recorded_by=recorded, examined_by=examined)
    if wrong:
        raise Refusal.from_fact(wrong)
    ties.judge(case, by=by)


def _expect_hash(plan: Plan, given: str) -> None:
    if plan.sha256 != given:
        raise Refusal("plan_changed", "您核对之后情况有变动，请重新核对下面的影响后再签署。", "本单位规定：查处暂缓")


def _write(case: Case, proposal: Proposal, ruling: Ruling, plan: Plan, *, by: Act) -> None:
    reason = desk.need(proposal.reason, code="reason_missing", message="请写明决定的理由。")[:REASON_LENGTH]
    why = proposal.severity_reason.strip() or case.severity_reason
    if ruling.severity:
        desk.need(why, code="severity_missing", message="请写明认定情节轻重的理由。")
    if ruling.severity == Severity.SERIOUS:
        desk.need(proposal.referral, code="referral_missing", message="情节严重的，请写明移送哪个部门。")
    fact = clause_named(ruling.clause.code)
    case.needs_two = ruling.outcome != Outcome.DROP and fact is not None and fact.tier == 4
    case.save(update_fields=["needs_two"])
    Decision.objects.create(
        case=case,
        outcome=ruling.outcome,
        clause=ruling.clause,
        severity=ruling.severity,
        severity_reason=why if ruling.severity else "",
        reason=reason,
        referral=proposal.referral.strip()[:200] if ruling.severity == Severity.SERIOUS else "",
        plan=[one.shown() for one in plan.lines],
        plan_hash=plan.sha256,
        signed_at=by.at,
    )


@transaction.atomic
def sign(case_id: int, *, plan_hash: str, by: Act) -> Case:
    """Sign a decision's effects as they are now; when enough people signed the same, the decision is made.

    Also the way to sign anew when the world changed before it was carried out: earlier signatures stand for the old
    effects and count no more. Refuses with `wrong_status`, `same_person`, `not_a_decider`, `plan_changed`.
    """
    case = desk.locked(case_id)
    desk.expect(case, *SIGNABLE, CaseStatus.DECIDED, CaseStatus.SERVED)
    decision = _decision(case)
    judge_fresh(case, by=by)
    plan = effects.preview(case, standing(case, decision, by=by), by=by)
    _expect_hash(plan, plan_hash)
    _seat_decider(case, by=by)
    decision.plan, decision.plan_hash = [one.shown() for one in plan.lines], plan.sha256
    if by.person.pk not in signers(decision):
        decision.signatures = [*decision.signatures, {"by": by.person.pk, "at": by.at.isoformat(), "hash": plan_hash}]
    decision.save()
    if case.status not in SIGNABLE:
        desk.note_step(case, Step.SIGNED_AGAIN, by=by)
    elif is_signed(case, decision):
        _finish(case, decision, plan, by=by)
    else:
        desk.note_step(case, Step.SIGNED, by=by)
    return case


def signers(decision: Decision) -> set[int]:
    """Who signed the effects as they stand."""
    return {int(one["by"]) for one in decision.signatures if one["hash"] == decision.plan_hash}


def is_signed(case: Case, decision: Decision) -> bool:
    """Whether as many as needed signed the same effects (须知 四: two)."""
    return len(signers(decision)) >= (2 if case.needs_two else 1)


def standing(case: Case, decision: Decision, *, by: Act) -> Ruling:
    """The ruling of a decision: dated by its last signature once it is made, today until then (S5)."""
    on = local_day(decision.decided_at) if decision.decided_at else by.on
    source = decision.number or papers.letter_number(LetterKind.DECISION, case, on=on)
    return Ruling(decision.outcome, decision.clause, decision.severity, on, source)


def _seat_decider(case: Case, *, by: Act) -> None:
    """The first person who signs is the decider, the second the other one; nobody else joins in."""
    pk = by.person.pk
    if pk in (case.decided_by_id, case.co_decided_by_id):
        return
    if case.decided_by_id is None:
        case.decided_by = by.person
    elif case.needs_two and case.co_decided_by_id is None:
        case.co_decided_by = by.person
    else:
        raise Refusal("not_a_decider", "本决定已由其他主管作出，请由原决定人签署。", desk.CLAUSE)
    case.save(update_fields=["decided_by", "co_decided_by"])


def _finish(case: Case, decision: Decision, plan: Plan, *, by: Act) -> None:
    decision.decided_at = by.at
    decision.number = papers.letter_number(LetterKind.DECISION, case, on=by.on)
    decision.save()
    done = CaseStatus.DROPPED if decision.outcome == Outcome.DROP else CaseStatus.DECIDED
    desk.move(case, done, Step.DROPPED if done == CaseStatus.DROPPED else Step.DECIDED, by=by)
    if done == CaseStatus.DROPPED:
        desk.let_go(case, by=by)
    papers.make(case, LetterKind.DECISION, by=by, plan=plan, decision=decision)


@transaction.atomic
def take_back_signature(case_id: int, *, by: Act) -> Case:
    """The first signer takes the unfinished decision back, so that it can be written anew.

    Refuses with `wrong_status`, `not_a_decider`.
    """
    case = desk.locked(case_id)
    desk.expect(case, *SIGNABLE)
    decision = _decision(case)
    if by.person.pk not in (case.decided_by_id, case.co_decided_by_id):
        raise Refusal("not_a_decider", "只有签署过的主管可以收回。", desk.CLAUSE)
    record(by, "case.decision_taken_back", decision, before={"outcome": decision.outcome})
    decision.delete()
    case.decided_by = case.co_decided_by = None
    case.needs_two = False
    desk.note_step(case, Step.UNSIGNED, by=by)
    return case


def _decision(case: Case) -> Decision:
    found = Decision.objects.select_for_update(of=("self",)).select_related("clause").filter(case=case).first()
    if found is None:
        raise Refusal("wrong_status", "还没有决定可以签署。", desk.CLAUSE)
    return found


@transaction.atomic
def carry_out(case_id: int, *, by: Act) -> Case:
    """Do what was signed, all of it or nothing (S9). Repeating it changes nothing.

    Refuses with `wrong_status`, `not_served_yet`, and `plan_changed` when the world is no longer what was signed: the
    deciders look at the new effects and sign again.
    """
    case = desk.locked(case_id)
    if case.status == CaseStatus.CARRIED_OUT:
        return case
    desk.expect(case, CaseStatus.SERVED)
    if case.letters.filter(kind=LetterKind.DECISION, served_on__gt=by.on).exists():
        raise Refusal("not_served_yet", "公告还没有满期，决定书尚未视为送达，满期后再执行。", desk.CLAUSE)
    decision = _decision(case)
    ledger = effects.apply(case, standing(case, decision, by=by), by=by)
    if ledger.plan.sha256 != decision.plan_hash or not is_signed(case, decision):
        raise Refusal("plan_changed", "签署之后情况有变动，请决定人重新核对影响并签署。", "本单位规定：查处暂缓")
    ledger.keep(case)
    decision.carried_out_at = by.at
    decision.save(update_fields=["carried_out_at"])
    desk.move(case, CaseStatus.CARRIED_OUT, Step.CARRIED_OUT, by=by)
    desk.let_go(case, by=by)
    _tell(case, ledger.plan, by=by)
    return case


def _tell(case: Case, plan: Plan, *, by: Act) -> None:
    lines = "\n".join(f"· {one.words}" for one in plan.lines if one.group != "register")
    queue(
        by,
        key=f"case-carried-out:{case.pk}",
        kind="case_carried_out",
        subject="处理决定已执行",
        body=f"案号 {case.number} 的处理决定已执行：\n{lines}\n"
        f"对决定不服的，可以在 {case.review_until}（含当日）前申请复核。依据：须知 末段。",
        candidate=case.candidate,
        about=case,
    )
