"""The person asks for a review; another supervisor upholds the decision or takes it back (rules S8, S10)."""

from __future__ import annotations

from django.db import transaction

from discipline.enums import CaseStatus, LetterKind, Step
from discipline.models import Case, Decision, Effect
from discipline.rules import judge_decider
from kupasi.acts import Act
from kupasi.errors import Refusal

from . import desk, papers, reversal, ties

REQUEST_LENGTH = 4000


@transaction.atomic
def ask(case_id: int, *, by: Act, text: str) -> Case:
    """Ask for a review within its days, once; what was carried out stays so until it is decided.

    Refuses with `review_over`, `already_reviewed`, `statement_missing`, `wrong_status`.
    """
    case = desk.locked(case_id)
    if case.review_asked_at is not None:
        raise Refusal("already_reviewed", "已经申请过复核，请等待或查看复核决定。", desk.CLAUSE)
    desk.expect(case, CaseStatus.SERVED, CaseStatus.CARRIED_OUT)
    if case.review_until is None or by.on > case.review_until:
        raise Refusal("review_over", f"申请复核的期限是 {case.review_until}（含当日），已经过了。", desk.CLAUSE)
    words = desk.need(text, code="statement_missing", message="请写明不服决定的理由。")[:REQUEST_LENGTH]
    case.review_request, case.review_asked_at = words, by.at
    desk.move(case, CaseStatus.IN_REVIEW, Step.REVIEW_ASKED, by=by, note=words)
    return case


@transaction.atomic
def uphold(case_id: int, *, by: Act, reason: str) -> Case:
    """The decision stands. Refuses with `same_person`, `reason_missing`, `wrong_status`."""
    case, decision = _begin(case_id, by=by, reason=reason)
    back = CaseStatus.CARRIED_OUT if decision.carried_out_at else CaseStatus.SERVED
    desk.move(case, back, Step.REVIEW_UPHELD, by=by, note=case.review_reason)
    papers.make(case, LetterKind.REVIEW, by=by, decision=decision, is_upheld=True)
    return case


@transaction.atomic
def overturn(case_id: int, *, by: Act, reason: str) -> Case:
    """Take the decision back: exactly what it took returns; both papers stay (S10).

    Refuses with `same_person`, `reason_missing`, `wrong_status`.
    """
    case, decision = _begin(case_id, by=by, reason=reason)
    effects: list[Effect] = reversal.take_back(case, by=by) if decision.carried_out_at else []
    decision.overturned_at = by.at
    decision.left_out = [f"{one.words}：{one.not_restored}" for one in effects if one.not_restored]
    decision.save(update_fields=["overturned_at", "left_out"])
    desk.move(case, CaseStatus.OVERTURNED, Step.OVERTURNED, by=by, note=case.review_reason)
    desk.let_go(case, by=by)
    restored = [one.words for one in effects if one.restored_at]
    papers.make(
        case, LetterKind.REVIEW, by=by, decision=decision, is_upheld=False, restored=restored, left=decision.left_out
    )
    return case


def _begin(case_id: int, *, by: Act, reason: str) -> tuple[Case, Decision]:
    case = desk.locked(case_id)
    desk.expect(case, CaseStatus.IN_REVIEW)
    people = [case.recorded_by_id, case.second_by_id, case.decided_by_id, case.co_decided_by_id]
    seen = [pk for pk in people if pk is not None]
    if judge_decider(by.person.pk, recorded_by=seen, examined_by=[case.examined_by_id or 0]):
        raise Refusal("same_person", "复核须由没有参与过该事项的另一位主管办理。", desk.CLAUSE)
    ties.judge(case, by=by)
    case.reviewed_by = by.person
    case.review_reason = desk.need(reason, code="reason_missing", message="请写明复核的理由。")[:REQUEST_LENGTH]
    return case, Decision.objects.select_for_update(of=("self",)).get(case=case)
