"""Review: approve, send back, reject, the original, more time."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from exams.models import Entry, ExamSession
from kupasi.audit.models import Entry as Line
from kupasi.errors import Refusal
from kupasi.notices.models import Notice
from kupasi.people.models import User
from registration.enums import ApplicationStatus, OrderStatus
from registration.models import Application
from registration.services import applications, judging, review
from tests import builders
from tests.registration import desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.RaisesExc(Refusal, check=lambda error: error.code == code)


def lines(action: str) -> int:
    return Line.objects.filter(action=action).count()


def test_approving_makes_the_payment_due_at_the_end_of_the_window(clerk: User) -> None:
    found = desk.approved(clerk)
    assert (found.status, found.pay_until) == (ApplicationStatus.APPROVED, builders.at(desk.CLOSES))
    assert lines("application.approved") == 1


def test_approving_on_the_last_day_leaves_two_working_days(clerk: User) -> None:
    found = desk.approved(clerk, when="2025-06-13T16:00", submitted_at="2025-06-13T09:00")
    assert found.pay_until == builders.at("2025-06-15T23:59:59")
    late = desk.approved(clerk, when="2025-06-16T10:00", submitted_at="2025-06-15T23:00")
    assert late.pay_until == builders.at("2025-06-18T23:59:59")


def test_approving_twice_writes_once(clerk: User, other_clerk: User) -> None:
    found = desk.approved(clerk)
    review.approve(found.pk, by=builders.act(other_clerk))
    found.refresh_from_db()
    assert (found.reviewed_by, lines("application.approved")) == (clerk, 1)


def test_a_letter_tells_what_to_pay(clerk: User) -> None:
    found = desk.approved(clerk)
    letter = Notice.objects.filter(kind="application_approved", channel="in_app").get()
    assert "480.00" in letter.body
    assert desk.order_of(found).reference in letter.body
    assert "2025年6月15日 24:00" in letter.body


def test_whoever_entered_it_may_not_approve(clerk: User) -> None:
    found = desk.submitted()
    Application.objects.filter(pk=found.pk).update(created_by=clerk)
    with refused("four_eyes"):
        review.approve(found.pk, by=builders.act(clerk))


def test_the_database_refuses_the_same_person_too(clerk: User) -> None:
    found = desk.submitted()
    rows = Application.objects.filter(pk=found.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(created_by=clerk, reviewed_by=clerk)


def test_a_draft_cannot_be_approved(clerk: User) -> None:
    draft = applications.start_draft(builders.a_candidate(), by=builders.act())
    with refused("wrong_status"):
        review.approve(draft.pk, by=builders.act(clerk))


def test_a_problem_in_the_checklist_asks_for_a_reason(clerk: User) -> None:
    found = desk.submitted()
    Application.objects.filter(pk=found.pk).update(photo=None)
    with refused("reason_needed"):
        review.approve(found.pk, by=builders.act(clerk))
    assert review.approve(found.pk, by=builders.act(clerk), reason="照片当面补交").status == ApplicationStatus.APPROVED
    assert Line.objects.get(action="application.approved").reason == "照片当面补交"


def test_who_a_person_is_is_settled_first(clerk: User) -> None:
    found = desk.submitted()
    found.candidate.needs_identity_review = True
    found.candidate.save()
    with refused("identity_review"):
        review.approve(found.pk, by=builders.act(clerk), reason="看过")


def test_the_checklist_of_a_sound_application_has_no_problem() -> None:
    assert judging.problems(desk.submitted()) == []


def test_sending_back_opens_the_named_steps_only(clerk: User) -> None:
    found = desk.submitted()
    back = review.send_back(found.pk, items={"photo": "底色不是白色"}, by=builders.act(clerk))
    assert (back.status, back.correct_until) == (ApplicationStatus.RETURNED, builders.at(desk.CLOSES))
    assert applications.open_steps(back) == {"photo"}
    letter = Notice.objects.filter(kind="application_returned", channel="in_app").get()
    assert "照片：底色不是白色" in letter.body


def test_sending_back_makes_a_signed_original_void(clerk: User) -> None:
    found = review.receive_original(desk.submitted().pk, by=builders.act(clerk))
    back = review.send_back(found.pk, items={"identity": "姓名与证件不符"}, by=builders.act(clerk))
    assert (back.original_at, lines("application.original_void")) == (None, 1)


@pytest.mark.parametrize("items", [{}, {"photo": " "}, {"nonsense": "原因"}, {"photo": "长" * 201}])
def test_sending_back_needs_a_reason_for_each_step(clerk: User, items: dict[str, str]) -> None:
    found = desk.submitted()
    with refused("reason_missing"):
        review.send_back(found.pk, items=items, by=builders.act(clerk))


def test_after_the_window_sending_back_needs_a_day(clerk: User) -> None:
    found, late = desk.submitted(), builders.act(clerk, "2025-06-16T09:00")
    with refused("correction_over"):
        review.send_back(found.pk, items={"photo": "模糊"}, by=late)
    back = review.send_back(found.pk, items={"photo": "模糊"}, by=late, until=builders.at("2025-06-18T00:00").date())
    assert back.correct_until == builders.at("2025-06-18T23:59:59")


def test_rejecting_gives_the_place_back_and_closes_the_order(clerk: User) -> None:
    found = desk.submitted()
    gone = review.reject(found.pk, reason="不符合申报条件", by=builders.act(clerk))
    session = ExamSession.objects.get(pk=found.exam_session_id)
    assert (gone.status, session.taken) == (ApplicationStatus.REJECTED, 0)
    assert desk.order_of(found).status == OrderStatus.CLOSED
    assert lines("application.rejected") == 1


def test_rejecting_needs_a_reason(clerk: User) -> None:
    with refused("reason_missing"):
        review.reject(desk.submitted().pk, reason="  ", by=builders.act(clerk))


def test_the_original_is_received_once(clerk: User) -> None:
    found = desk.submitted()
    first = review.receive_original(found.pk, by=builders.act(clerk, "2025-05-21T09:40"))
    again = review.receive_original(found.pk, by=builders.act(clerk, "2025-05-22T09:40"))
    assert first.original_at == again.original_at
    assert lines("application.original_received") == 1


def test_no_original_for_a_returned_application(clerk: User) -> None:
    found = review.send_back(desk.submitted().pk, items={"photo": "模糊"}, by=builders.act(clerk))
    with refused("wrong_status"):
        review.receive_original(found.pk, by=builders.act(clerk))


def test_an_original_after_enrolment_is_passed_on(clerk: User, finance: User) -> None:
    found = desk.approved(clerk)
    desk.pay(found, finance)
    review.receive_original(found.pk, by=builders.act(clerk, "2025-05-23T09:40"))
    assert Entry.objects.get().papers_in_at == builders.at("2025-05-23T09:40")


def test_more_time_is_for_one_person_with_a_reason(clerk: User) -> None:
    found = review.send_back(desk.submitted().pk, items={"photo": "模糊"}, by=builders.act(clerk))
    day = builders.at("2025-06-20T00:00").date()
    with refused("reason_missing"):
        review.extend_correction(found.pk, until=day, reason="", by=builders.act(clerk))
    later = review.extend_correction(found.pk, until=day, reason="住院", by=builders.act(clerk))
    assert later.correct_until == builders.at("2025-06-20T23:59:59")
    assert Line.objects.get(action="application.correction_extended").reason == "住院"


def test_more_time_is_never_less(clerk: User) -> None:
    found = review.send_back(desk.submitted().pk, items={"photo": "模糊"}, by=builders.act(clerk))
    with refused("until_past"):
        review.extend_correction(
            found.pk, until=builders.at("2025-06-01T00:00").date(), reason="x", by=builders.act(clerk)
        )
