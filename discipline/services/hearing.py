"""The notice of the intended decision, and what the person says to it (rules S8)."""

from __future__ import annotations

from django.db import transaction

from discipline.enums import Answer, CaseStatus, LetterKind, Outcome, Step
from discipline.models import Case
from kupasi.acts import Act
from kupasi.errors import Refusal

from . import desk, effects, papers
from .effects import Ruling

STATEMENT_LENGTH = 4000


@transaction.atomic
def give_notice(case_id: int, *, by: Act) -> Case:
    """Tell the person the facts, the clause and what is intended; the clock starts when the paper is served (S8).

    Refuses with `wrong_status`, and as the rule of sanctions does.
    """
    case = desk.locked(case_id)
    desk.expect(case, CaseStatus.EXAMINED)
    plan = effects.preview(case, intended(case, by=by), by=by)
    desk.move(case, CaseStatus.NOTICED, Step.NOTICED, by=by)
    papers.make(case, LetterKind.NOTICE, by=by, plan=plan)
    return case


def intended(case: Case, *, by: Act) -> Ruling:
    """The decision that the examiner has in mind."""
    return Ruling(Outcome.UPHOLD, case.clause, case.severity, by.on)


@transaction.atomic
def state(case_id: int, *, by: Act, text: str) -> Case:
    """Keep what the person states, by themselves or typed in from paper; more may follow until the decision.

    The same words sent again at once, as by a second click, are kept once.

    Refuses with `statement_missing`, `wrong_status`.
    """
    case = desk.locked(case_id)
    desk.expect(case, CaseStatus.NOTICED, CaseStatus.HEARD)
    words = desk.need(text, code="statement_missing", message="请写下您要说明的情况。")[:STATEMENT_LENGTH]
    last = case.steps.order_by("-order").first()
    if last is not None and (last.what, last.note, last.by_id) == (Step.STATEMENT, words, by.actor and by.actor.pk):
        return case
    case.statement = f"{case.statement}\n\n{words}".strip()
    _answered(case, Answer.STATEMENT, by=by)
    if case.status == CaseStatus.NOTICED:
        desk.move(case, CaseStatus.HEARD, Step.STATEMENT, by=by, note=words)
    else:
        desk.note_step(case, Step.STATEMENT, by=by, note=words)
    return case


@transaction.atomic
def waive(case_id: int, *, by: Act) -> Case:
    """The person has nothing to say: the decision need not wait. Refuses with `wrong_status`."""
    case = desk.locked(case_id)
    if case.answer == Answer.WAIVED:
        return case
    desk.expect(case, CaseStatus.NOTICED)
    if case.hearing_until is None and by.actor is not None and by.actor.is_staff:
        raise Refusal("notice_not_served", "告知书还没有送达，请先登记送达。", desk.CLAUSE)
    _answered(case, Answer.WAIVED, by=by)
    desk.move(case, CaseStatus.HEARD, Step.WAIVED, by=by)
    return case


def _answered(case: Case, answer: Answer, *, by: Act) -> None:
    case.answer, case.answered_at = answer, by.at
    case.answer_entered_by = by.actor
