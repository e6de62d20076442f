"""False materials found in review: the usual road, and the fee stays (须知 一; rules S1, S11)."""

from __future__ import annotations

import pytest

from discipline.models import Case
from discipline.services import recording, review
from exams.models import Entry
from kupasi.errors import Refusal
from kupasi.people import timeline
from registration.models import Application, Order, WebhookDelivery
from registration.services import materials, refunds, status, webhooks
from registration.services import review as reviewing
from tests.builders import a_user, act, signed_in
from tests.discipline import making
from tests.registration import desk, group

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


def a_paid_application() -> Application:
    """Approved, paid, waiting for its seat."""
    application = desk.submitted()
    reviewing.approve(application.pk, by=act(a_user("clerk"), "2025-05-21T10:00"))
    desk.pay(application, a_user("finance"))
    application.refresh_from_db()
    return application


def decided(application: Application, people: making.Staff) -> Case:
    """The case, carried out."""
    materials.open_case(application.pk, clause="一", facts="学历证明系伪造。", by=act(people.first, making.RECORDED))
    case = Case.objects.get()
    recording.countersign(case.pk, by=act(people.second, making.RECORDED))
    return making.carried_out(making.noticed(case, people), people)


def code_of_refund(application: Application) -> str:
    """What a refund of the whole fee comes to."""
    order = refunds.locked(Order.objects.get(application=application).pk)
    try:
        refunds.judge(order, amount=order.net)
    except Refusal as refusal:
        return str(refusal.code)
    return ""


def test_false_materials_end_the_application_and_keep_the_fee() -> None:
    application, people = a_paid_application(), making.staff()
    assert code_of_refund(application) == ""
    case = decided(application, people)
    application.refresh_from_db()
    assert (application.status, Entry.objects.get().status) == ("cancelled", "cancelled")
    assert code_of_refund(application) == "never_refundable"
    review.ask(case.pk, by=act(application.candidate.user, making.ASKED), text="证明是真的。")
    review.overturn(case.pk, by=act(people.reviewer, making.REVIEWED), reason="学校确认属实。")
    application.refresh_from_db()
    assert (application.status, Entry.objects.get().status) == ("confirmed", "enrolled")
    assert code_of_refund(application) == ""


def an_unpaid_application() -> Application:
    """Approved, its fee still open."""
    application = desk.submitted()
    reviewing.approve(application.pk, by=act(a_user("clerk"), "2025-05-21T10:00"))
    return application


def test_what_is_unpaid_is_not_owed_any_more_and_again_when_overturned() -> None:
    application, people = an_unpaid_application(), making.staff()
    case, order = decided(application, people), Order.objects.get(application=application)
    assert (order.status, order.net) == ("closed", 0)
    assert f"订单 {order.reference}" in " ".join(effect.words for effect in case.effects.all())
    review.ask(case.pk, by=act(application.candidate.user, making.ASKED), text="证明是真的。")
    review.overturn(case.pk, by=act(people.reviewer, making.REVIEWED), reason="学校确认属实。")
    order.refresh_from_db()
    application.refresh_from_db()
    assert (application.status, order.status) == ("approved", "open")


def test_the_office_and_the_person_see_why_the_application_ended() -> None:
    application, people = an_unpaid_application(), making.staff()
    case = decided(application, people)
    page = signed_in(people.clerk).get(f"/admin/registration/application/{application.pk}/review/")
    assert list(page.context["cases"]) == [case]
    application.refresh_from_db()
    assert status.timeline(application)[-1].title == status.CASE_WORDS["case.effect"]
    assert case.subject == f"申报 {application.number}"
    own = signed_in(application.candidate.user).get(f"/discipline/mine/{case.pk}/").content.decode()
    assert case.subject in own


def test_whoever_was_told_finds_the_way_from_the_own_page_and_nobody_else_is_shown_one() -> None:
    application, people = an_unpaid_application(), making.staff()
    own, way = signed_in(application.candidate.user), 'href="/discipline/mine/"'
    assert way not in own.get("/me/").content.decode()
    decided(application, people)
    assert way in own.get("/me/").content.decode()


def test_the_one_person_page_has_each_step_of_a_case_for_whoever_sees_cases() -> None:
    application, people = an_unpaid_application(), making.staff()
    case = decided(application, people)
    seen = [one for one in timeline.of(application.candidate, user=people.clerk) if one.sort == "违纪"]
    assert len(seen) == case.steps.count()
    assert {one.url for one in seen} == {f"/discipline/cases/{case.pk}/"}
    assert not any(one.sort == "违纪" for one in timeline.of(application.candidate, user=a_user("finance")))


def test_an_institution_s_system_learns_that_a_decision_took_it_and_that_a_review_gave_it_back() -> None:
    made, people = group.confirmed(1), making.staff()
    application = made.people[0]
    webhooks.open_webhook(made.roster.institution, url="https://school.example/in", by=act(made.approver))
    case = decided(application, people)
    review.ask(case.pk, by=act(people.clerk, making.ASKED), text="证明是真的。")
    review.overturn(case.pk, by=act(people.reviewer, making.REVIEWED), reason="学校确认属实。")
    told = WebhookDelivery.objects.filter(event="application.status").order_by("pk").values_list("payload", flat=True)
    assert [(one["application"], one["status"]) for one in told] == [
        (application.number, "cancelled"), (application.number, "confirmed"),
    ]  # fmt: skip
