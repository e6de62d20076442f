"""Refunds: two people, never more than came in, never for false materials (PY-019, PY-021, PY-024; A4, A5, S1)."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, connections, transaction

from discipline.models import Bar, Clause
from exams.models import Entry
from kupasi.approvals import services
from kupasi.approvals.models import Proposal
from kupasi.errors import Refusal
from kupasi.notices.models import Notice
from kupasi.people.models import User
from registration import triggers
from registration.enums import ApplicationStatus, OrderStatus
from registration.models import Application, Order, Refund
from registration.services import refunds
from tests.builders import a_candidate, a_user, act, at, signed_in
from tests.registration.desk import FULL, order_of, pay
from tests.registration.desk import approved as reviewed

from .steps import approved, asked, refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
LATER = "2025-05-23T10:00"
ALL = {"amount": "480.00", "available": "480.00"}


@pytest.fixture
def paid(clerk: User, finance: User) -> Application:
    application = reviewed(clerk)
    pay(application, finance)
    return Application.objects.get(pk=application.pk)


def ask_all(application: Application, *, by: User) -> Proposal:
    return asked("refund", order_of(application), ALL, by=by, when=LATER)


def test_a_full_refund_ends_the_application_and_tells_its_owner(paid: Application, clerk: User, finance: User) -> None:
    proposal = ask_all(paid, by=clerk)
    assert not Refund.objects.exists()
    approved(proposal, by=finance, when=LATER)
    paid.refresh_from_db()
    order, refund = order_of(paid), Refund.objects.get()
    assert (order.paid, order.refunded, order.status) == (FULL, FULL, OrderStatus.OPEN)
    assert (refund.asked_by, refund.approved_by, refund.amount) == (clerk, finance, FULL)
    assert (paid.status, Entry.objects.get().status) == (ApplicationStatus.CANCELLED, "cancelled")
    assert Notice.objects.filter(subject="退费已批准", candidate=paid.candidate).exists()


def test_the_candidate_asks_and_finance_approves(paid: Application, finance: User) -> None:
    person = paid.candidate.user
    assert person is not None
    browser, order = signed_in(person), order_of(paid)
    door = f"/me/requests/ask/refund/{order.pk}/"
    assert door in browser.get(f"/me/applications/{paid.pk}/fee/").content.decode()
    assert browser.post(door, {**ALL, "reason": "生病住院"}).status_code == 302
    approved(Proposal.objects.get(), by=finance, when=LATER)
    assert Refund.objects.get().asked_by == person
    assert "退费记录" in browser.get(f"/me/applications/{paid.pk}/fee/").content.decode()


def test_another_persons_order_is_not_there(paid: Application) -> None:
    stranger = a_candidate().user
    assert stranger is not None
    assert signed_in(stranger).get(f"/me/requests/ask/refund/{order_of(paid).pk}/").status_code == 404
    with refused("not_allowed"):
        ask_all(paid, by=stranger)


def test_more_than_owed_goes_back_and_the_application_stays(clerk: User, finance: User) -> None:
    application = reviewed(clerk)
    pay(application, finance, amount=Decimal("500.00"))
    order = order_of(application)
    proposal = asked("refund", order, {"amount": "20.00", "available": "500.00"}, by=clerk, when=LATER)
    approved(proposal, by=finance, when=LATER)
    application.refresh_from_db()
    order.refresh_from_db()
    assert (order.net, order.status, application.status) == (FULL, OrderStatus.PAID, ApplicationStatus.CONFIRMED)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"amount": "480.00", "available": "500.00"}, "stale"),
        ({"amount": "480.01", "available": "480.00"}, "refund_exceeds"),
        ({"amount": "0.00", "available": "480.00"}, "bad_amount"),
        ({"amount": "-1.00"}, "bad_amount"),
        ({"amount": "NaN"}, "bad_amount"),
    ],
)
def test_what_cannot_be_given_back_is_refused(paid: Application, clerk: User, payload: dict, code: str) -> None:
    with refused(code):
        asked("refund", order_of(paid), payload, by=clerk, when=LATER)
    assert not Proposal.objects.exists()


@pytest.mark.parametrize("clause", ["一", "四1"])
def test_false_materials_are_never_refundable(paid: Application, clerk: User, finance: User, clause: str) -> None:
    proposal = ask_all(paid, by=clerk)
    Bar.objects.create(
        candidate=paid.candidate, clause=Clause.objects.get(code=clause), barred_from="2025-05-22",
        barred_until="2027-05-22", source="决定书", recorded_at=at(LATER),
    )  # fmt: skip
    with refused("never_refundable"):
        approved(proposal, by=finance, when=LATER)
    assert (Refund.objects.count(), order_of(paid).refunded) == (0, 0)
    with refused("never_refundable"):
        ask_all(paid, by=clerk)


@pytest.mark.parametrize("role", ["clerk", "supervisor", "auditor", "admin"])
def test_only_finance_approves(paid: Application, clerk: User, role: str) -> None:
    proposal = ask_all(paid, by=clerk)
    with refused("not_allowed"):
        approved(proposal, by=a_user(role), when=LATER)


def test_money_that_came_in_meanwhile_makes_it_stale(clerk: User, finance: User) -> None:
    application = reviewed(clerk)
    pay(application, finance, amount=Decimal("100.00"))
    order = order_of(application)
    proposal = asked("refund", order, {"amount": "100.00", "available": "100.00"}, by=clerk, when=LATER)
    pay(application, finance, amount=Decimal("380.00"), reference="POS-SECOND")
    with refused("stale"):
        approved(proposal, by=finance, when=LATER)
    assert not Refund.objects.exists()


@pytest.mark.parametrize("sums", ["refunded = paid + 0.01", "refunded = -0.01", "paid = 0, refunded = 1"])
def test_the_sums_hold_even_by_sql(paid: Application, sums: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE registration_order SET {sums} WHERE id = %s", [order_of(paid).pk])


INSERT = (
    "INSERT INTO registration_refund (order_id, proposal_id, amount, reason, asked_by_id, approved_by_id, refunded_at)"
    " VALUES (%s, %s, %s, '-', %s, %s, %s)"
)


def insert(application: Application, amount: str, *, proposal: Proposal, by: User) -> None:
    """A row of the ledger by hand, past every service."""
    values = [order_of(application).pk, proposal.pk, amount, proposal.asked_by_id, by.pk, at(LATER)]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, values)


def test_a_row_beyond_the_payments_is_refused_even_by_sql(paid: Application, clerk: User, finance: User) -> None:
    proposal = ask_all(paid, by=clerk)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(paid, "480.01", proposal=proposal, by=finance)
    insert(paid, "480.00", proposal=proposal, by=finance)


def test_without_the_guard_the_same_row_goes_in(paid: Application, clerk: User, finance: User) -> None:
    """The twin: only the guard keeps it out."""
    proposal = ask_all(paid, by=clerk)
    triggers.remove(connection)
    try:
        insert(paid, "480.01", proposal=proposal, by=finance)
    finally:
        triggers.install(connection)


@pytest.mark.parametrize("statement", ["UPDATE registration_refund SET amount = 1", "DELETE FROM registration_refund"])
def test_the_ledger_is_not_edited(paid: Application, clerk: User, finance: User, statement: str) -> None:
    approved(ask_all(paid, by=clerk), by=finance, when=LATER)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_refund_by_one_person_is_refused_by_the_database(paid: Application, clerk: User) -> None:
    proposal = ask_all(paid, by=clerk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Refund.objects.create(
            order=order_of(paid), proposal=proposal, amount=1, reason="-", asked_by=clerk, approved_by=clerk,
            refunded_at=at(LATER),
        )  # fmt: skip


def at_once(count: int, work: object) -> list[str]:
    """The same work in so many threads at one moment: 'done' or the refusal's code of each."""
    start, said = threading.Barrier(count), []

    def run(index: int) -> None:
        start.wait()
        try:
            work(index)  # type: ignore[operator]
            said.append("done")
        except Refusal as refusal:
            said.append(refusal.code or "")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


@pytest.mark.django_db(transaction=True)
def test_fifty_requests_at_once_make_one_refund(paid: Application, clerk: User, finance: User) -> None:
    said = at_once(50, lambda index: ask_all(paid, by=clerk))
    assert (said.count("done"), said.count("already_asked")) == (1, 49)
    proposal = Proposal.objects.get()
    said = at_once(50, lambda index: approved(proposal, by=finance, when=LATER))
    assert set(said) == {"done"}
    assert (Refund.objects.count(), order_of(paid).refunded) == (1, FULL)


@pytest.mark.django_db(transaction=True)
def test_two_approvers_at_once_carry_it_out_once(paid: Application, clerk: User, finance: User) -> None:
    proposal, both = ask_all(paid, by=clerk), [finance, a_user("finance")]
    said = at_once(2, lambda index: approved(proposal, by=both[index], when=LATER))
    assert sorted(said) == ["done", "wrong_status"]
    assert Refund.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_and_the_constraint_money_would_go_out_twice(
    paid: Application, clerk: User, finance: User
) -> None:
    """The twin: the same race by read and write without lock or condition gives back more than came in."""
    order, meet = order_of(paid), threading.Barrier(2)
    given: list[Decimal] = []

    def careless(index: int) -> None:
        seen = Order.objects.get(pk=order.pk)
        meet.wait()
        if seen.net >= FULL:
            given.append(FULL)

    at_once(2, careless)
    assert sum(given) == 2 * FULL
    order.refunded = sum(given)
    with pytest.raises(IntegrityError):
        order.save(update_fields=["refunded"])


def test_paying_out_again_returns_what_is_there(paid: Application, clerk: User, finance: User) -> None:
    proposal = approved(ask_all(paid, by=clerk), by=finance, when=LATER)
    again = refunds.pay_out(order_of(paid).pk, amount=FULL, proposal=proposal, by=act(finance, LATER))
    assert again == Refund.objects.get()
    services.approve(proposal.pk, seen=proposal.digest, by=act(finance, LATER))
    assert Refund.objects.count() == 1
