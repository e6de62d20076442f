"""Each step is its own person's, and waits for what comes before it (rules S2, S4, S8, S9)."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pypdf import PdfReader

from discipline.enums import LetterKind, Origin, Outcome
from discipline.models import Case, CaseStep
from discipline.services import confirming, deciding, effects, hearing, recording, review
from exams.enums import DutyRole
from exams.models import Duty, Mark, Site
from exams.services.batches import preview
from kupasi.errors import Refusal
from tests.builders import a_user, act
from tests.exams.marking import Exam, a_published_exam, all_marked, an_exam, everybody_came

from . import making

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


def code_of(step: Any, *args: Any, **more: Any) -> str:
    """The code with which a step is refused."""
    with pytest.raises(Refusal) as refusal:
        step(*args, **more)
    return str(refusal.value.code)


@pytest.fixture
def exam() -> Exam:
    return a_published_exam("80,70")[0]


@pytest.fixture
def people() -> making.Staff:
    return making.staff()


def test_a_clause_that_presupposes_a_reminder_cannot_be_chosen_without_one(exam: Exam, people: making.Staff) -> None:
    seat, without = making.theory(exam.entries[0]), recording.Reminder()
    wrong = {"clause": "二1", "reminder": without}
    assert code_of(making.recorded, seat, people, **wrong) == "reminder_missing"
    assert making.recorded(seat, people, clause="二4", reminder=without).number


def test_from_the_record_on_results_are_held_and_let_go_when_it_is_dropped(exam: Exam, people: making.Staff) -> None:
    case = making.recorded(making.theory(exam.entries[0]), people)
    marks = Mark.objects.filter(seat__entry=case.entry)
    assert set(marks.values_list("is_held", "status")) == {(True, "normal")}
    making.decided(making.noticed(case, people), people, making.a_proposal(Outcome.DROP))
    assert set(marks.values_list("is_held", "status")) == {(False, "normal")}


def test_the_publication_waits_for_a_case_candidate_by_candidate(people: making.Staff) -> None:
    exam = an_exam(people=2)
    everybody_came(exam)
    all_marked(exam, "80", "90")
    case = making.recorded(making.theory(exam.entries[0]), people)
    batch = preview(exam.session.pk)
    assert [row.entry.pk for row in batch.held] == [case.entry_id]
    assert batch.can_publish


def test_two_people_record_and_another_confirms(exam: Exam, people: making.Staff) -> None:
    seat = making.theory(exam.entries[0])
    assert seat.sitting is not None
    seat.sitting.invigilators.add(people.first, people.second)
    case = recording.record_case(act(people.first, making.RECORDED), making.an_incident(), seat_id=seat.pk)
    assert code_of(recording.countersign, case.pk, by=act(people.first, making.RECORDED)) == "same_person"
    assert code_of(confirming.confirm, case.pk, by=act(people.head, making.CONFIRMED)) == "second_recorder_missing"
    recording.countersign(case.pk, by=act(people.second, making.RECORDED))
    assert code_of(confirming.confirm, case.pk, by=act(people.second, making.CONFIRMED)) == "same_person"


def test_a_record_of_a_room_is_confirmed_by_the_head_of_the_day_alone(exam: Exam, people: making.Staff) -> None:
    case = making.recorded(making.theory(exam.entries[0]), people)
    clerk, head = act(people.clerk, making.CONFIRMED), act(a_user("invigilator"), making.CONFIRMED)
    assert code_of(confirming.confirm, case.pk, by=clerk) == "no_site_head"
    assert not Case.objects.visible_to(head.person).exists()
    there = Duty.objects.create(site=exam.sittings[0].room.site, on=clerk.on, user=head.person, role=DutyRole.HEAD)
    assert code_of(confirming.confirm, case.pk, by=clerk) == "not_site_head"
    assert Case.objects.visible_to(head.person).get() == case
    for wrong in ({"on": clerk.on + timedelta(days=1)}, {"site": Site.objects.create(name="别处", address="上海")}):
        Duty.objects.filter(pk=there.pk).update(**wrong)
        assert code_of(confirming.confirm, case.pk, by=head) == "no_site_head"
        Duty.objects.filter(pk=there.pk).update(site=exam.sittings[0].room.site, on=clerk.on)
    assert confirming.confirm(case.pk, by=head).confirmed_by == head.person


def test_where_the_head_recorded_it_the_office_confirms(exam: Exam, people: making.Staff) -> None:
    case = making.recorded(making.theory(exam.entries[0]), people)
    at_noon = act(people.second, making.CONFIRMED)
    Duty.objects.create(site=exam.sittings[0].room.site, on=at_noon.on, user=people.second, role=DutyRole.HEAD)
    assert code_of(confirming.confirm, case.pk, by=at_noon) == "same_person"
    stranger = act(a_user("invigilator"), making.CONFIRMED)
    assert code_of(confirming.confirm, case.pk, by=stranger) == "not_site_head"
    assert confirming.confirm(case.pk, by=act(people.clerk, making.CONFIRMED)).confirmed_by == people.clerk


@pytest.mark.parametrize("origin", [Origin.AFTERWARDS, Origin.COMPLAINT, Origin.MATERIALS])
def test_what_was_found_later_is_confirmed_by_the_office(exam: Exam, people: making.Staff, origin: Origin) -> None:
    case = making.recorded(making.theory(exam.entries[0]), people, origin=origin)
    marker = act(a_user("marker"), making.CONFIRMED)
    assert code_of(confirming.confirm, case.pk, by=marker) == "not_office"
    assert confirming.confirm(case.pk, by=act(people.clerk, making.CONFIRMED)).status == "confirmed"


@pytest.mark.parametrize("column", ["second_by", "confirmed_by", "decided_by", "co_decided_by", "reviewed_by"])
def test_the_database_itself_keeps_the_persons_apart(exam: Exam, people: making.Staff, column: str) -> None:
    case = making.recorded(making.theory(exam.entries[0]), people)
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(**{column: people.first})


def test_nobody_decides_while_the_person_may_still_speak(exam: Exam, people: making.Staff) -> None:
    case = making.noticed(making.recorded(making.theory(exam.entries[0]), people), people)
    assert str(case.hearing_until) == "2025-07-22"
    by = act(people.decider, "2025-07-22T09:00")
    assert code_of(deciding.decide, case.pk, making.a_proposal(), plan_hash="", by=by) == "hearing_open"
    later = act(people.decider, "2025-07-23T09:00")
    assert code_of(deciding.decide, case.pk, making.a_proposal(), plan_hash="", by=later) == "plan_changed"


def test_whoever_examined_does_not_decide(exam: Exam, people: making.Staff) -> None:
    case = making.noticed(making.recorded(making.theory(exam.entries[0]), people), people)
    hearing.waive(case.pk, by=act(case.candidate.user, making.STATED))
    by = act(people.clerk, making.DECIDED)
    assert code_of(deciding.decide, case.pk, making.a_proposal(), plan_hash="", by=by) == "same_person"


def test_tier_four_needs_two_supervisors_and_a_reasoned_severity(exam: Exam, people: making.Staff) -> None:
    case = making.recorded(making.theory(exam.entries[0]), people, clause="四4")
    assert code_of(making.examined, case, people) == "severity_missing"
    recording.examine(
        case.pk,
        by=act(people.clerk, making.EXAMINED),
        findings="属实。",
        clause="四4",
        severity="lesser",
        severity_reason="初次",
    )
    hearing.give_notice(case.pk, by=act(people.clerk, making.NOTICED))
    making.serve(case, LetterKind.NOTICE, people, when=making.NOTICED)
    hearing.waive(case.pk, by=act(case.candidate.user, making.STATED))
    case.refresh_from_db()
    by = act(people.decider, making.DECIDED)
    plan = effects.preview(case, deciding.ruling_of(case, making.a_proposal(), on=by.on), by=by)
    case = deciding.decide(case.pk, making.a_proposal(), plan_hash=plan.sha256, by=by)
    assert (case.status, case.decided_by, case.co_decided_by) == ("heard", people.decider, None)
    case = deciding.sign(case.pk, plan_hash=plan.sha256, by=act(people.other, making.DECIDED))
    assert (case.status, case.co_decided_by) == ("decided", people.other)


def test_a_decision_is_never_heavier_than_what_was_told(exam: Exam, people: making.Staff) -> None:
    case = making.noticed(making.recorded(making.theory(exam.entries[0]), people, clause="二4"), people)
    wanted = making.a_proposal(Outcome.REDUCE, clause="三1")
    assert code_of(deciding.ruling_of, case, wanted, on=act().on) == "heavier_than_noticed"


def test_when_the_world_changed_the_signature_does_not_fit(exam: Exam, people: making.Staff) -> None:
    case = making.decided(making.noticed(making.recorded(making.theory(exam.entries[0]), people), people), people)
    making.serve(case, LetterKind.DECISION, people, when=making.SERVED)
    Mark.objects.filter(seat=case.seat).update(value="55.0")
    by = act(people.decider, making.DONE)
    assert code_of(deciding.carry_out, case.pk, by=by) == "plan_changed"
    assert Mark.objects.filter(seat__entry=case.entry, status="cancelled").count() == 0
    case.refresh_from_db()
    plan = effects.preview(case, deciding.standing(case, case.decision, by=by), by=by)
    deciding.sign(case.pk, plan_hash=plan.sha256, by=by)
    assert deciding.carry_out(case.pk, by=by).status == "carried_out"


def test_a_preview_leaves_nothing_behind(exam: Exam, people: making.Staff) -> None:
    case = making.noticed(making.recorded(making.theory(exam.entries[0]), people), people)
    by = act(people.decider, making.DECIDED)
    plans = [effects.preview(case, hearing.intended(case, by=by), by=by) for _ in range(2)]
    assert plans[0].sha256 == plans[1].sha256
    assert not case.bars.exists()
    assert set(Mark.objects.filter(seat__entry=case.entry).values_list("status", flat=True)) == {"normal"}


def test_a_review_is_asked_within_its_days_once_and_decided_by_another(exam: Exam, people: making.Staff) -> None:
    case = making.a_case(making.theory(exam.entries[0]), people)
    late = act(case.candidate.user, "2025-08-03T00:00")
    assert code_of(review.ask, case.pk, by=late, text="不服") == "review_over"
    review.ask(case.pk, by=act(case.candidate.user, "2025-08-02T23:59"), text="不服")
    wrong = act(people.decider, "2025-08-05T09:00")
    assert code_of(review.overturn, case.pk, by=wrong, reason="改判") == "same_person"
    case = review.uphold(case.pk, by=act(people.reviewer, "2025-08-05T09:00"), reason="事实清楚")
    assert case.status == "carried_out"
    again = act(case.candidate.user, "2025-08-02T23:59")
    assert code_of(review.ask, case.pk, by=again, text="不服") == "already_reviewed"


def test_every_step_has_its_row_and_actor(exam: Exam, people: making.Staff) -> None:
    case = making.a_case(making.theory(exam.entries[0]), people)
    steps = list(CaseStep.objects.filter(case=case).values_list("what", flat=True))
    assert steps == [
        "recorded", "countersigned", "confirmed", "examined", "noticed", "notice_served", "waived", "decided",
        "served", "carried_out",
    ]  # fmt: skip
    assert not CaseStep.objects.filter(case=case, by=None).exists()


def test_a_stranger_to_the_room_records_nothing(exam: Exam) -> None:
    seat = making.theory(exam.entries[0])
    by = act(a_user("invigilator"), making.RECORDED)
    assert code_of(recording.record_case, by, making.an_incident(), seat_id=seat.pk) == "not_yours"


def test_a_mark_that_is_not_out_yet_is_told_by_no_letter(people: making.Staff) -> None:
    exam = an_exam(people=1)
    everybody_came(exam)
    all_marked(exam, "81.5,82.5")
    case = making.decided(making.noticed(making.recorded(making.theory(exam.entries[0]), people), people), people)
    files = [io.BytesIO(one.file.read()) for one in case.letters.all()]
    said = re.sub(r"\s", "", "".join(page.extract_text() for file in files for page in PdfReader(file).pages))
    assert said.count("尚未公布的成绩取消") == 4  # two subjects, in the notice and in the decision
    assert "81.5" not in said
    assert "82.5" not in said
