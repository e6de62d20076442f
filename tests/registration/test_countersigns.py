"""Two people at the till: slips in the daily close, bank transfers before they count (matrix order.mark_paid)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from kupasi import clock
from kupasi.approvals.models import Proposal
from kupasi.audit.models import Entry
from kupasi.people.models import User
from kupasi.people.tokens import make_token
from kupasi.queues import registry
from registration.models import Application, Countersign, Order, Payment
from registration.services import countersigns, review
from tests import builders
from tests.approvals.steps import approved, refused
from tests.registration import desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
LIST = "/admin/registration/payment/"


@pytest.fixture
def second() -> User:
    return builders.a_user("finance")


@pytest.fixture
def order(clerk: User, monkeypatch: pytest.MonkeyPatch) -> Order:
    """Approved, not paid; it is 22 May."""
    monkeypatch.setattr(clock, "now", lambda: builders.at("2025-05-22T10:00"))
    application = desk.submitted()
    review.approve(application.pk, by=builders.act(clerk, "2025-05-21T10:00"))
    return desk.order_of(application)


def by_page(user: User, order: Order, *, method: str = "transfer", reference: str = "YH-1") -> int:
    sent = {"amount": f"{order.total}", "method": method, "reference": reference}
    return builders.signed_in(user).post(f"/admin/registration/order/{order.pk}/pay/", sent).status_code


def by_api(user: User, order: Order, *, reference: str = "YH-1") -> tuple[int, dict[str, Any]]:
    key, _ = make_token(user, at=clock.now())
    sent = {"order": order.reference, "amount": f"{order.total}", "method": "transfer", "reference": reference}
    answer = builders.signed_in(user).post(
        "/api/v1/payments/", sent, content_type="application/json", headers={"authorization": f"Bearer {key}"}
    )
    return answer.status_code, answer.json()


def status_of(order: Order) -> str:
    return str(Application.objects.get(pk=order.application_id).status)


def test_a_transfer_counts_when_another_of_finance_has_seen_it(finance: User, second: User, order: Order) -> None:
    assert by_page(finance, order) == 302
    assert (Payment.objects.count(), status_of(order)) == (0, "approved")
    approved(Proposal.objects.get(), by=second, when="2025-05-22T11:00")
    payment = Payment.objects.get()
    assert (payment.recorded_by, payment.countersign.countersigned_by) == (finance, second)
    assert status_of(order) == "confirmed"


def test_whoever_announced_a_transfer_does_not_approve_it(finance: User, order: Order) -> None:
    by_page(finance, order)
    with refused("four_eyes"):
        approved(Proposal.objects.get(), by=finance)
    assert not Payment.objects.exists()


@pytest.mark.parametrize("role", ["clerk", "supervisor", "auditor", "admin"])
def test_nobody_else_approves_a_transfer(finance: User, order: Order, role: str) -> None:
    by_page(finance, order)
    with refused("not_allowed"):
        approved(Proposal.objects.get(), by=builders.a_user(role))


def test_the_api_announces_a_transfer_too_and_repeats_its_answer(finance: User, second: User, order: Order) -> None:
    first = by_api(finance, order)
    assert first == by_api(finance, order)
    assert (first[0], first[1]["state"]) == (202, "waiting")
    approved(Proposal.objects.get(), by=second, when="2025-05-22T11:00")
    assert by_api(finance, order)[0] == 201
    assert Payment.objects.count() == 1


def test_a_payment_at_the_counter_counts_at_once_and_waits_for_the_close(
    finance: User, second: User, order: Order
) -> None:
    by_page(finance, order, method="pos", reference="POS-1")
    assert status_of(order) == "confirmed"
    waits = registry["payments-to-countersign"].rows
    assert (waits(second).count(), waits(finance).count()) == (1, 0)
    payment = Payment.objects.get()
    sent = {"action": "countersign", "_selected_action": [payment.pk]}
    builders.signed_in(second).post(LIST, sent)
    assert Countersign.objects.get().countersigned_by == second
    assert waits(second).count() == 0
    assert Entry.objects.get(action="payment.countersigned").actor == second


def test_nobody_countersigns_what_they_recorded(finance: User, order: Order) -> None:
    by_page(finance, order, method="pos", reference="POS-1")
    payment = Payment.objects.get()
    builders.signed_in(finance).post(LIST, {"action": "countersign", "_selected_action": [payment.pk]})
    with refused("four_eyes"):
        countersigns.countersign(payment.pk, by=builders.act(finance))
    assert not Countersign.objects.exists()


def test_the_database_refuses_the_same_person_twice(finance: User, order: Order) -> None:
    by_page(finance, order, method="pos", reference="POS-1")
    with pytest.raises(IntegrityError), transaction.atomic():
        Countersign.objects.create(
            payment=Payment.objects.get(), recorded_by=finance, countersigned_by=finance, countersigned_at=clock.now()
        )


@pytest.mark.parametrize("role", ["auditor", "supervisor"])
def test_readers_of_the_ledger_countersign_nothing(finance: User, order: Order, role: str) -> None:
    by_page(finance, order, method="cash", reference="C-1")
    sent = {"action": "countersign", "_selected_action": [Payment.objects.get().pk]}
    builders.signed_in(builders.a_user(role)).post(LIST, sent)
    assert not Countersign.objects.exists()


def test_doing_it_again_changes_nothing(finance: User, second: User, order: Order) -> None:
    by_page(finance, order, method="pos", reference="POS-1")
    for _ in range(2):
        countersigns.countersign(Payment.objects.get().pk, by=builders.act(second))
    assert Entry.objects.filter(action="payment.countersigned").count() == 1
