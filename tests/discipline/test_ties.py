"""Nobody decides about their own people; a public notice serves when it is over (TC-027; rules S8)."""

from __future__ import annotations

from datetime import date

import pytest

from discipline.enums import LetterKind, ServedHow
from discipline.models import Case
from discipline.services import deciding, effects, hearing, inbox, papers, review, ties
from exams.models import Tie
from kupasi.errors import Refusal
from kupasi.people.models import Candidate, Institution, Membership, User
from tests.builders import act, signed_in
from tests.exams.marking import a_published_exam

from . import making

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
DECIDE = {"act": "preview", "outcome": "uphold", "reason": "事实清楚。"}


@pytest.fixture
def people() -> making.Staff:
    return making.staff()


@pytest.fixture
def case(people: making.Staff) -> Case:
    """Waits for a decision, about somebody of a school."""
    exam, _ = a_published_exam("80,70")
    seat = making.theory(exam.entries[0])
    school = Institution.objects.create(name="某校", credit_code="91310000MA1FL0000N")
    Candidate.objects.filter(pk=seat.entry.candidate_id).update(institution=school)
    case = making.noticed(making.recorded(seat, people), people)
    hearing.waive(case.pk, by=act(case.candidate.user, making.STATED))
    return Case.objects.get(pk=case.pk)


def decide(case: Case, user: User) -> Case:
    by, wanted = act(user, making.DECIDED), making.a_proposal()
    plan = effects.preview(case, deciding.ruling_of(case, wanted, on=by.on), by=by)
    return deciding.decide(case.pk, wanted, plan_hash=plan.sha256, by=by)


def refused(case: Case, user: User) -> str | None:
    with pytest.raises(Refusal) as refusal:
        decide(case, user)
    return refusal.value.code


def post(case: Case, user: User) -> int:
    return signed_in(user).post(f"/discipline/cases/{case.pk}/", DECIDE).status_code


def test_whoever_recorded_it_gets_403_and_a_refusal(case: Case, people: making.Staff) -> None:
    Case.objects.filter(pk=case.pk).update(recorded_by=people.decider)
    assert (refused(case, people.decider), post(case, people.decider)) == ("same_person", 403)


def test_somebody_of_the_persons_institution_does_not_decide(case: Case, people: making.Staff) -> None:
    Membership.objects.create(user=people.decider, institution=case.candidate.institution)
    assert (refused(case, people.decider), post(case, people.decider)) == ("related", 403)
    assert decide(case, people.other).status == "decided"


def test_a_declared_relation_counts_while_it_holds(case: Case, people: making.Staff) -> None:
    school = case.candidate.institution
    tie = {"institution": school, "declared_on": date(2025, 1, 1), "ended_on": date(2025, 6, 30)}
    Tie.objects.create(user=people.other, words="兼职教师", **tie)
    Tie.objects.create(user=people.decider, words="兼职教师", **(tie | {"ended_on": None}))
    assert refused(case, people.decider) == "related"
    assert decide(case, people.other).status == "decided"


def test_nobody_decides_their_own_case(case: Case, people: making.Staff) -> None:
    Candidate.objects.filter(pk=case.candidate_id).update(user=people.decider)
    assert refused(Case.objects.get(pk=case.pk), people.decider) == "related"


def test_without_the_look_they_would_decide(case: Case, people: making.Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    Membership.objects.create(user=people.decider, institution=case.candidate.institution)
    monkeypatch.setattr("discipline.services.ties.is_tied", lambda *_, **__: False)
    assert decide(case, people.decider).status == "decided"


def test_who_stepped_aside_neither_decides_nor_reviews_nor_is_asked(case: Case, people: making.Staff) -> None:
    on = date(2025, 7, 17)
    assert inbox.to_decide(people.reviewer, on=on).exists()
    for _ in range(2):
        ties.step_aside(case.pk, by=act(people.reviewer, making.STATED), why="亲属")
    assert not inbox.to_decide(people.reviewer, on=on).exists()
    assert refused(case, people.reviewer) == "related"
    decide(case, people.decider)
    making.serve(case, LetterKind.DECISION, people, when=making.SERVED)
    review.ask(case.pk, by=act(case.candidate.user, making.ASKED), text="不服。")
    with pytest.raises(Refusal) as refusal:
        review.uphold(case.pk, by=act(people.reviewer, making.REVIEWED), reason="事实清楚。")
    assert refusal.value.code == "related"


def test_a_public_notice_serves_when_its_days_are_over(case: Case, people: making.Staff) -> None:
    decide(case, people.decider)
    by = act(people.clerk, making.SERVED)
    papers.serve(case.pk, LetterKind.DECISION, by=by, how=ServedHow.PUBLIC, on=by.on, proof="网站公告 3 号")
    case.refresh_from_db()
    assert (case.letters.get(kind="decision").served_on, case.review_until) == (date(2025, 8, 17), date(2025, 9, 1))
    with pytest.raises(Refusal) as refusal:
        deciding.carry_out(case.pk, by=act(people.decider, "2025-08-16T10:00"))
    assert refusal.value.code == "not_served_yet"
    assert deciding.carry_out(case.pk, by=act(people.decider, "2025-08-17T10:00")).status == "carried_out"


def test_a_signature_that_no_longer_fits_shows_the_new_effects(case: Case, people: making.Staff) -> None:
    given = DECIDE | {"act": "decide", "plan_hash": "0" * 64}
    page = signed_in(people.decider).post(f"/discipline/cases/{case.pk}/", given)
    assert page.context["plan"].sha256 in page.content.decode()
    assert Case.objects.get(pk=case.pk).decided_by_id is None
