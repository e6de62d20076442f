"""One order for a roster: one amount, one reference, everybody's part in it (rules A2, A4, A5)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from exams.models import ExamSession
from kupasi.approvals import services as approvals
from kupasi.errors import Refusal
from kupasi.notices.models import Notice
from registration.models import Application, Order, OrderItem, Refund
from registration.services import applications, countersigns, invariants, review, roster_orders
from registration.services.receipts import receipt_pdf
from tests import builders

from . import desk, group

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
FEE = Decimal("480.00")
LATE = "2025-06-16T00:00:01"


def confirm(made: group.Group) -> None:
    roster_orders.confirm_some(made.order.pk, by=builders.act(made.finance, group.PAID))


def refund(made: group.Group, amount: str, *, person: Application | None = None) -> Refund:
    """Asked for by the approver of the institution, granted by finance."""
    payload = {"amount": amount} | ({"person": person.pk} if person else {})
    by = builders.act(made.approver, "2025-05-24T09:00")
    asked = approvals.ask(by, kind="refund", about=made.order, payload=payload, reason="不参加了")
    shown = approvals.approve(asked.pk, seen=asked.digest, reason="", by=builders.act(made.finance, "2025-05-24T10:00"))
    return Refund.objects.get(proposal=shown)


def test_one_order_for_everybody_approved() -> None:
    made = group.filed(3)
    by = builders.act(made.office, group.REVIEWED)
    review.approve(made.people[0].pk, by=by)
    review.approve(made.people[1].pk, by=by)
    review.reject(made.people[2].pk, reason="材料不符", by=by)
    roster_orders.close_review(made.roster.pk, by=by)
    order = made.order
    assert (order.total, order.items.count(), order.items.values("application").distinct().count()) == (FEE * 2, 4, 2)
    assert {one.pay_until for one in made.people[:2]} == {order.pay_until}
    assert Notice.objects.filter(kind="roster.reviewed", user=made.approver, body__contains=order.reference).exists()


def test_the_review_is_not_closed_while_somebody_waits() -> None:
    made = group.filed(2)
    review.approve(made.people[0].pk, by=builders.act(made.office, group.REVIEWED))
    with pytest.raises(Refusal) as refused:
        roster_orders.close_review(made.roster.pk, by=builders.act(made.office, group.REVIEWED))
    assert refused.value.code == "review_open"
    assert not Order.objects.exists()


def test_closing_twice_opens_one_order() -> None:
    made = group.reviewed(1)
    roster_orders.close_review(made.roster.pk, by=builders.act(made.office, group.REVIEWED))
    assert Order.objects.count() == 1


@pytest.mark.parametrize("owner", ["both", "nobody"])
def test_an_order_belongs_to_an_application_or_to_a_roster(owner: str) -> None:
    made, own = group.reviewed(1), desk.submitted()
    change = {"both": {"application": own}, "nobody": {"roster": None}}[owner]
    OrderItem.objects.filter(order__application=own).delete()
    Order.objects.filter(application=own).delete()
    with pytest.raises(IntegrityError, match="order_of_one"), transaction.atomic():
        Order.objects.filter(pk=made.order.pk).update(**change)


def test_full_payment_confirms_everybody() -> None:
    made = group.reviewed(2)
    group.pay(made)
    confirm(made)
    assert (made.order.status, made.states) == ("paid", ["confirmed", "confirmed"])
    assert {one.entry.institution for one in made.people if one.entry} == {made.roster.institution}
    assert invariants.broken() == []


def test_part_payment_confirms_nobody_and_is_shown() -> None:
    made = group.reviewed(2)
    group.pay(made, amount=FEE)
    confirm(made)
    assert (made.order.status, made.states) == ("part", ["approved", "approved"])


def test_too_much_is_shown_and_confirms() -> None:
    made = group.reviewed(1)
    group.pay(made, amount=FEE + 20)
    confirm(made)
    assert (made.order.status, made.states) == ("over", ["confirmed"])
    refund(made, "20.00")
    assert (made.order.status, made.order.total, made.states) == ("paid", FEE, ["confirmed"])


def test_whoever_is_left_when_a_worker_dies_is_found_by_the_sweep() -> None:
    made = group.reviewed(3)
    group.pay(made)
    roster_orders.confirm_some(made.order.pk, by=builders.act(made.finance, group.PAID), most=1)
    assert made.states == ["confirmed", "approved", "approved"]
    for one in list(roster_orders.confirm_due()):
        roster_orders.confirm_one(one.pk, by=builders.act(when=group.PAID))
    assert made.states == ["confirmed"] * 3


def test_a_person_who_withdraws_before_payment_lowers_the_order() -> None:
    made = group.reviewed(2)
    applications.withdraw(made.people[0].pk, by=builders.act(made.approver, group.PAID))
    assert (made.order.total, made.order.items.count(), made.states) == (FEE, 2, ["withdrawn", "approved"])
    assert (ExamSession.objects.get().taken, invariants.broken()) == (1, [])


def test_the_last_one_who_withdraws_closes_the_order() -> None:
    made = group.reviewed(1)
    applications.withdraw(made.people[0].pk, by=builders.act(made.approver, group.PAID))
    assert made.order.status == "closed"


def test_nobody_withdraws_once_money_is_in() -> None:
    made = group.reviewed(2)
    group.pay(made, amount=FEE)
    with pytest.raises(Refusal) as refused:
        applications.withdraw(made.people[0].pk, by=builders.act(made.approver, group.PAID))
    assert refused.value.code == "paid_no_refund"


def test_an_unpaid_order_lapses_as_one_and_takes_no_money_afterwards() -> None:
    made = group.reviewed(2)
    by = builders.act(when=LATE, job="lapse-unpaid")
    assert [roster_orders.lapse_order(one.pk, by=by) for one in roster_orders.overdue(by.at)] == [True]
    with pytest.raises(Refusal) as refused:
        group.pay(made, when=LATE)
    assert refused.value.code == "wrong_status"
    for one in list(roster_orders.lapse_people_due()):
        roster_orders.lapse_person(one.pk, by=by)
    assert (made.states, ExamSession.objects.get().taken) == (["lapsed", "lapsed"], 0)
    assert Notice.objects.filter(kind="roster.lapsed", user=made.clerk).exists()


def test_an_order_paid_in_part_is_flagged_once_and_does_not_lapse() -> None:
    made = group.reviewed(2)
    group.pay(made, amount=FEE)
    by = builders.act(when=LATE, job="lapse-unpaid")
    assert [*roster_orders.overdue(by.at), *roster_orders.lapse_people_due()] == []
    flagged = [roster_orders.flag_part_paid(made.order.pk, by=by) for _ in range(2)]
    assert flagged == [True, False]


def test_the_institution_is_warned_once_before_the_deadline() -> None:
    made = group.reviewed(1)
    early, near = (builders.act(when=when, job="warn") for when in ("2025-06-01T09:00", "2025-06-15T09:00"))
    assert [roster_orders.warn_order(made.order.pk, by=by) for by in (early, near, near)] == [False, True, False]
    assert list(roster_orders.warn_due(near.at)) == [made.order]


def test_one_person_is_refunded_and_the_others_stay() -> None:
    made = group.reviewed(2)
    group.pay(made)
    confirm(made)
    refund(made, "480.00", person=made.people[0])
    order = made.order
    assert (order.total, order.net, order.status, made.states) == (FEE, FEE, "paid", ["cancelled", "confirmed"])
    assert invariants.broken() == []


def test_more_than_a_persons_fee_is_never_given_back_for_the_person() -> None:
    made = group.reviewed(2)
    group.pay(made)
    with pytest.raises(Refusal) as refused:
        refund(made, "480.01", person=made.people[0])
    assert refused.value.code == "refund_exceeds"


def test_without_a_person_only_what_was_overpaid_goes_back() -> None:
    made = group.reviewed(1)
    group.pay(made)
    with pytest.raises(Refusal) as refused:
        refund(made, "1.00")
    assert refused.value.code == "refund_exceeds"


def test_an_items_price_stands_once_for_a_person() -> None:
    item = group.reviewed(1).order.items.select_related("subject").first()
    assert item is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        OrderItem.objects.create(
            order=item.order, application=item.application, subject=item.subject, amount=item.amount
        )


@pytest.mark.parametrize(
    ("title", "code", "refusal"),
    [
        ("样例职业学校", "91310000MA1FL0000N", ""),
        ("样例职业学校", "91310000MA1FL0000M", "bad_checksum"),
        ("样例职业学校", "9131", "bad_length"),
        ("", "91310000MA1FL0000N", "bad_title"),
    ],
)
def test_an_invoice_needs_a_title_and_a_right_number(title: str, code: str, refusal: str) -> None:
    made = group.reviewed(1)
    by = builders.act(made.approver, group.PAID)
    if refusal:
        with pytest.raises(Refusal) as refused:
            roster_orders.keep_invoice(made.order.pk, title=title, code=code, by=by)
        assert refused.value.code == refusal
    else:
        assert roster_orders.keep_invoice(made.order.pk, title=title, code=code, by=by).invoice_code == code


def test_a_receipt_of_a_roster_names_the_institution() -> None:
    made = group.reviewed(2)
    assert receipt_pdf(group.pay(made)).startswith(b"%PDF")


def test_orders_payments_and_refunds_are_seen_by_the_own_institution_alone() -> None:
    made, other = group.reviewed(1), group.reviewed(1, school=1, first=50)
    group.pay(made)
    assert list(Order.objects.visible_to(made.clerk)) == [made.order]
    assert list(Order.objects.visible_to(other.clerk)) == [other.order]
    person = made.people[0].candidate
    assert Application.objects.visible_to(made.clerk).get().candidate == person


def test_a_wrong_tax_number_is_said_beside_its_field() -> None:
    made = group.reviewed(1)
    given = {"title": "样例职业学校", "code": "91310000MA1FL0000M"}
    answer = builders.signed_in(made.approver).post(f"/institution/rosters/{made.roster.pk}/invoice/", given)
    assert answer.status_code == 400
    assert {name: [one.code for one in found] for name, found in answer.context["form"].errors.as_data().items()} == {
        "code": ["bad_checksum"]
    }


def test_an_institution_reads_how_much_too_much_arrived() -> None:
    made = group.reviewed(1)
    group.pay(made, amount=made.order.total + 100)
    answer = builders.signed_in(made.approver).get(f"/institution/rosters/{made.roster.pk}/order/")
    assert answer.context["over"] == 100
    assert "多缴" in answer.content.decode()


def test_both_sides_read_what_waits_for_a_second_person_and_who_was_refunded() -> None:
    made = group.reviewed(2)
    group.pay(made)
    confirm(made)
    refund(made, "480.00", person=made.people[0])
    countersigns.announce_transfer(made.order, amount=FEE, reference="FLOW-9", by=builders.act(made.finance))
    office = builders.signed_in(made.finance).get(f"/admin/registration/order/{made.order.pk}/pay/").content.decode()
    own = builders.signed_in(made.approver).get(f"/institution/rosters/{made.roster.pk}/order/").content.decode()
    assert "流水号 FLOW-9" in office
    assert "480.00 元，已退 480.00 元" in office
    assert ("银行转账 480.00 元" in own, "已退 480.00" in own, "FLOW-9" in own) == (True, True, False)


def test_a_refund_is_asked_for_by_name_and_from_the_persons_page() -> None:
    made = group.reviewed(1)
    browser, person = builders.signed_in(made.approver), made.people[0]
    page, ask = f"/institution/people/{person.pk}/", f"/me/requests/ask/refund/{made.order.pk}/"
    assert ask not in browser.get(page).content.decode()
    group.pay(made)
    assert ask in browser.get(page).content.decode()
    assert f"{person.number} {person.name}（一班）" in browser.get(ask).content.decode()


def test_a_transfer_that_is_approved_confirms_the_people_at_once(
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]],
) -> None:
    made, second = group.reviewed(2), builders.a_user("finance")
    by = builders.act(made.finance, group.PAID)
    asked = countersigns.announce_transfer(made.order, amount=made.order.total, reference="FLOW-1", by=by)
    with django_capture_on_commit_callbacks(execute=True):
        approvals.approve(asked.pk, seen=asked.digest, reason="", by=builders.act(second, group.PAID))
    assert made.states == ["confirmed", "confirmed"]


def test_over_http_an_order_says_what_went_back_and_until_when_to_pay() -> None:
    made = group.reviewed(2)
    group.pay(made)
    confirm(made)
    refund(made, "480.00", person=made.people[0])
    (told,) = builders.signed_in(made.approver).get("/api/v1/orders/").json()["results"]
    assert (told["total"], told["paid"], told["refunded"], told["status"]) == ("480.00", "960.00", "480.00", "paid")
    assert told["pay_until"].startswith("2025-06-1")
