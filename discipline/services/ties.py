"""Who may not decide because of whom it is about: the person, the person's institution, or having stepped aside."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from discipline.enums import CaseStatus, Step
from discipline.models import Case, CaseStep
from exams.services.staffing import institutions_of
from kupasi.acts import Act
from kupasi.errors import Refusal
from kupasi.people.models import Candidate, User

from . import desk

OPEN = (CaseStatus.NOTICED, CaseStatus.HEARD, CaseStatus.DECIDED, CaseStatus.SERVED, CaseStatus.CARRIED_OUT,
        CaseStatus.IN_REVIEW)  # fmt: skip


def is_tied(user: User, case: Case, *, on: date) -> bool:
    """Whether the case is about this person, about somebody of an institution that they have to do with, or was left.

    Of an institution: by membership, by a declared relation that holds on the day, or by one's own registration.
    """
    own = Candidate.objects.filter(user=user).values_list("pk", "institution").first()
    if own is not None and own[0] == case.candidate_id:
        return True
    mine = institutions_of([user.pk], on=on)[user.pk] | ({own[1]} if own else set())
    theirs = {case.candidate.institution_id, case.entry.institution_id if case.entry else None}
    if (mine & theirs) - {None}:
        return True
    return stepped_aside(user).filter(case=case).exists()


def stepped_aside(user: User) -> QuerySet[CaseStep]:
    """The steps by which somebody left cases to others."""
    return CaseStep.objects.filter(what=Step.RECUSED, by=user)


def judge(case: Case, *, by: Act) -> None:
    """Refuse with `related` whoever is tied to the person or to the person's institution."""
    if is_tied(by.person, case, on=by.on):
        raise Refusal("related", "您与本人或其所属机构有关联，或已回避，请交由另一位主管办理。", desk.CLAUSE)


@transaction.atomic
def step_aside(case_id: int, *, by: Act, why: str) -> Case:
    """A supervisor leaves the case to others, for good; a signature already given is taken back first.

    Doing it again changes nothing. Refuses with `wrong_status` (decided by this person), `reason_missing`.
    """
    case = desk.locked(case_id)
    if stepped_aside(by.person).filter(case=case).exists():
        return case
    desk.expect(case, *OPEN)
    if by.person.pk in (case.decided_by_id, case.co_decided_by_id):
        raise Refusal("wrong_status", "您已签署本决定；要回避的，请先收回签署。", desk.CLAUSE)
    words = desk.need(why, code="reason_missing", message="请写明回避的原因，例如与本人是亲属。")
    desk.note_step(case, Step.RECUSED, by=by, note=words[:200])
    return case
