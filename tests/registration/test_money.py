"""Orders and the ledger."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest
from django.db import connection

from exams.models import Entry
from kupasi.audit.models import Entry as Line
from kupasi.errors import Refusal
from kupasi.notices.models import Notice
from kupasi.people.models import User
from registration.enums import ApplicationStatus, OrderStatus
from registration.models import Application, Order, Payment
from registration.rules.money import judge_amount, ledger_status
from registration.services import money, review
from tests import builders
from tests.registration import desk
from tests.registration.test_review import lines, refused

db = pytest.mark.django_db
told = pytest.mark.usefixtures("notice")


@pytest.mark.parametrize(
    ("paid", "status"),
    [("0", "open"), ("0.01", "part"), ("479.99", "part"), ("480", "paid"), ("480.01", "over")],
)
def test_an_order_follows_its_ledger(paid: str, status: str) -> None:
    assert ledger_status(Decimal("480"), Decimal(paid)) == OrderStatus(status)


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "NaN", "Infinity", "100000000"])
def test_no_odd_amounts(amount: str) -> None:
    fact = judge_amount(Decimal(amount))
    assert fact is not None
    assert fact.code == "bad_amount"


@db
@told
def test_an_order_has_the_items_as_fixed() -> None:
    order = desk.order_of(desk.submitted())
    assert sorted(order.items.values_list("amount", flat=True)) == [Decimal("95.00"), Decimal("385.00")]
    assert (order.total, order.status, lines("order.opened")) == (desk.FULL, OrderStatus.OPEN, 1)


@db
@told
def test_opening_an_order_again_returns_it() -> None:
    found = desk.submitted()
    assert money.open_order(found, by=builders.act()).pk == desk.order_of(found).pk
    assert Order.objects.count() == 1


@db
@told
def test_paying_an_approved_application_confirms_and_enrols(clerk: User, finance: User) -> None:
    found = review.receive_original(desk.approved(clerk).pk, by=builders.act(clerk))
    payment = desk.pay(found, finance)
    found.refresh_from_db()
    entry = Entry.objects.get()
    assert (found.status, found.entry, entry.seats.count()) == (ApplicationStatus.CONFIRMED, entry, 2)
    assert entry.papers_in_at is not None
    assert payment.receipt_number
    assert {lines("payment.recorded"), lines("application.confirmed"), lines("entry.enrolled")} == {1}


@db
@told
def test_paid_before_approval_is_confirmed_at_approval(clerk: User, finance: User) -> None:
    found = desk.submitted()
    desk.pay(found, finance)
    assert review.approve(found.pk, by=builders.act(clerk)).status == ApplicationStatus.CONFIRMED
    assert not Notice.objects.filter(kind="application_approved").exists()
    assert Notice.objects.filter(kind="application_confirmed", channel="in_app").count() == 1


@db
@told
def test_part_and_too_much_are_shown(clerk: User, finance: User) -> None:
    found = desk.approved(clerk)
    desk.pay(found, finance, amount=Decimal("95.00"), reference="A")
    order = desk.order_of(found)
    assert (order.status, order.paid) == (OrderStatus.PART, Decimal("95.00"))
    desk.pay(found, finance, amount=Decimal("480.00"), reference="B")
    order.refresh_from_db()
    assert (order.status, order.paid) == (OrderStatus.OVER, Decimal("575.00"))


@db
@told
def test_a_payment_reference_repeated_is_recorded_once(clerk: User, finance: User) -> None:
    found = desk.approved(clerk)
    first = desk.pay(found, finance, reference="BANK-1")
    assert desk.pay(found, finance, reference=" BANK-１").pk == first.pk
    assert (Payment.objects.count(), lines("payment.recorded")) == (1, 1)


@db
@told
def test_a_reference_is_good_for_one_payment(clerk: User, finance: User) -> None:
    found, other = desk.approved(clerk), desk.approved(clerk)
    desk.pay(found, finance, amount=Decimal("95.00"), reference="BANK-1")
    with refused("reference_used"):
        desk.pay(found, finance, amount=Decimal("385.00"), reference="BANK-1")
    with refused("reference_used"):
        desk.pay(other, finance, amount=Decimal("95.00"), reference="BANK-1")


@db
@told
@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"amount": Decimal("-1")}, "bad_amount"),
        ({"method": "cheque"}, "bad_method"),
        ({"reference": " "}, "bad_reference"),
        ({"reference": "a\x00b"}, "bad_reference"),
        ({"reference": "x" * 65}, "bad_reference"),
    ],
)
def test_what_a_payment_must_say(clerk: User, finance: User, given: dict[str, object], code: str) -> None:
    order = desk.order_of(desk.approved(clerk))
    facts: dict[str, object] = {"amount": desk.FULL, "method": "cash", "reference": "C-1"} | given
    with refused(code):
        money.record_payment(order.pk, by=builders.act(finance), **facts)  # type: ignore[arg-type]


@db
@told
def test_no_money_for_an_ended_application(clerk: User, finance: User) -> None:
    found = review.reject(desk.submitted().pk, reason="不符合", by=builders.act(clerk))
    with refused("wrong_status"):
        desk.pay(found, finance)


@pytest.mark.django_db(transaction=True)
def test_one_reference_twenty_times_at_once_is_one_row() -> None:
    builders.load_notice()
    clerk, finance = builders.a_user("clerk"), builders.a_user("finance")
    found = desk.approved(clerk)
    order, start, seen, odd = desk.order_of(found), threading.Barrier(20), [], []

    def record() -> None:
        start.wait()
        try:
            seen.append(desk.pay(found, finance, reference="RACE").pk)
        except Refusal as refusal:
            odd.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=record) for _ in range(20)]
    [one.start() for one in threads]
    [one.join() for one in threads]
    order.refresh_from_db()
    assert (len(seen), len(set(seen)), odd) == (20, 1, [])
    assert (Payment.objects.count(), order.paid, Entry.objects.count()) == (1, desk.FULL, 1)
    assert Line.objects.filter(action="payment.recorded").count() == 1
    assert Application.objects.get().status == ApplicationStatus.CONFIRMED
