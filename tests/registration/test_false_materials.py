"""False materials found in review: the usual road, and the fee stays (须知 一; rules S1, S11)."""

from __future__ import annotations

import pytest

from discipline.models import Case
from discipline.services import recording, review
from exams.models import Entry
from kupasi.errors import Refusal
from registration.models import Application, Order
from registration.services import materials, refunds
from registration.services import review as reviewing
from tests.builders import a_user, act
from tests.discipline import making
from tests.registration import desk

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
