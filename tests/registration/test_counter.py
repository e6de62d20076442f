"""The counter, the fee page, receipts, and money over HTTP."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from kupasi.audit.models import Entry as Line
from kupasi.people.models import Candidate, User
from kupasi.people.tokens import make_token
from registration.enums import ApplicationStatus, Channel
from registration.models import Application, Payment
from registration.rules.words import amount_in_words
from registration.services import review
from registration.services.receipts import receipt_pdf
from tests import builders
from tests.registration import desk
from tests.registration.test_review import refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
OPEN, SHUT = "2025-05-22T10:00", "2024-12-30T10:00"


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the 22nd of May 2025."""
    monkeypatch.setattr("kupasi.clock.now", lambda: builders.at(OPEN))


def typed(**more: Any) -> dict[str, Any]:
    """What a clerk types."""
    number = builders.resident_id(date(1988, 4, 9))
    given = {"act": "enter", "kind": "resident_id", "number": number, "name": "测试丁", "phone": "19912345678"}
    given |= {"education": "college", "occupation": "data-annotation", "declared": "on"}
    photo = SimpleUploadedFile("a.jpg", builders.photo_bytes(), content_type="image/jpeg")
    return given | {"photo": photo} | more


def test_a_walk_in_is_entered_in_one_go(clerk: User) -> None:
    answer = builders.signed_in(clerk).post("/desk/", typed())
    found = Application.objects.get()
    assert answer["Location"] == reverse("desk-done", args=[found.pk])
    assert (found.status, found.channel, found.created_by) == (ApplicationStatus.SUBMITTED, Channel.COUNTER, clerk)
    assert Line.objects.filter(action="application.submitted", actor=clerk).count() == 1


def test_whoever_entered_it_does_not_approve_it(clerk: User, other_clerk: User) -> None:
    builders.signed_in(clerk).post("/desk/", typed())
    found = Application.objects.get()
    with refused("four_eyes"):
        review.approve(found.pk, by=builders.act(clerk, OPEN))
    assert review.approve(found.pk, by=builders.act(other_clerk, OPEN)).status == ApplicationStatus.APPROVED


def test_outside_the_window_the_next_one_is_named(clerk: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kupasi.clock.now", lambda: builders.at(SHUT))
    text = builders.signed_in(clerk).post("/desk/", typed()).content.decode()
    assert ("2025-01-01" in text or "1月1日" in text, Application.objects.count()) == (True, 0)


def test_a_refused_form_keeps_everything_even_the_photo(clerk: User) -> None:
    client = builders.signed_in(clerk)
    first = client.post("/desk/", typed(number="310104199003070001"))
    token = first.context["form"]["photo_token"].value()
    assert (Candidate.objects.count(), bool(token)) == (0, True)
    again = typed(photo_token=token)
    del again["photo"]
    client.post("/desk/", again)
    assert Application.objects.get().photo is not None


def test_nobody_takes_anothers_photo(clerk: User, other_clerk: User) -> None:
    first = builders.signed_in(clerk).post("/desk/", typed(number="310104199003070001"))
    again = typed(photo_token=first.context["form"]["photo_token"].value())
    del again["photo"]
    builders.signed_in(other_clerk).post("/desk/", again)
    assert Application.objects.count() == 0


def test_a_known_person_is_found_by_document(clerk: User) -> None:
    number = builders.resident_id(date(1985, 6, 1))
    person = builders.a_candidate(name="测试戊", birth=date(1985, 6, 1), number=number)
    client = builders.signed_in(clerk)
    answer = client.post("/desk/", {"act": "find", "kind": "resident_id", "number": number})
    assert answer.context["known"] == person
    assert answer.context["form"]["name"].value() == "测试戊"


@pytest.mark.parametrize("left_out", ["declared", "photo", "name", "occupation"])
def test_what_is_left_out_is_asked_for(clerk: User, left_out: str) -> None:
    given = typed()
    del given[left_out]
    answer = builders.signed_in(clerk).post("/desk/", given)
    assert (answer.status_code, bool(answer.context["form"].errors), Application.objects.count()) == (200, True, 0)


def test_a_scanned_barcode_receives_the_original_once(clerk: User) -> None:
    found, client = desk.submitted(), builders.signed_in(clerk)
    for _ in range(2):
        client.post("/desk/original/", {"code": f" {found.number}\n"})
    found.refresh_from_db()
    assert (found.original_by, Line.objects.filter(action="application.original_received").count()) == (clerk, 1)


@pytest.mark.parametrize(("given", "scans"), [({"next": "scan"}, True), ({}, False)])
def test_after_a_scan_at_the_counter_the_next_paper_can_be_scanned(
    clerk: User, given: dict[str, str], scans: bool
) -> None:
    client = builders.signed_in(clerk)
    for code in (desk.submitted().number, "999999999999"):
        shown = client.post("/desk/original/", {"code": code, **given}, follow=True).content.decode()
        assert shown.count("autofocus") == 1
        assert ('data-key="o" autofocus' in shown) is scans
        assert shown.count("data-focus") == 1


@pytest.mark.parametrize("code", ["999999999999", "", "12345\x00678901", "<script>"])
def test_an_unknown_barcode_is_said(clerk: User, code: str) -> None:
    answer = builders.signed_in(clerk).post("/desk/original/", {"code": code}, follow=True)
    assert "没有找到这个申报编号" in answer.content.decode()


def test_the_printed_form_and_the_next_step(clerk: User) -> None:
    found, client = desk.submitted(), builders.signed_in(clerk)
    paper = client.get(reverse("desk-form", args=[found.pk]))
    assert (paper["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    assert client.get(reverse("desk-done", args=[found.pk])).status_code == 200


@pytest.mark.parametrize("role", ["candidate", "marker", "admin", "supervisor", "auditor"])
def test_the_counter_is_for_clerks_and_finance(role: str) -> None:
    client = builders.signed_in(builders.a_user(role))
    assert (client.get("/desk/").status_code, client.post("/desk/", typed()).status_code) == (403, 403)


def test_finance_enters_nobody(finance: User) -> None:
    client = builders.signed_in(finance)
    assert (client.get("/desk/").status_code, client.post("/desk/", typed()).status_code) == (200, 403)


def test_finance_goes_from_the_counter_to_an_order(clerk: User, finance: User) -> None:
    order = desk.order_of(desk.approved(clerk))
    for code in (order.reference, order.application.number):
        answer = builders.signed_in(finance).post("/desk/order/", {"code": code})
        assert answer["Location"] == reverse("admin:registration_order_pay", args=[order.pk])


def test_the_fee_page_tells_what_to_pay_and_until_when(clerk: User) -> None:
    found = desk.approved(clerk)
    assert found.candidate.user is not None
    text = builders.signed_in(found.candidate.user).get(reverse("fee", args=[found.pk])).content.decode()
    order = desk.order_of(found)
    for words in ("480.00", "95.00", "385.00", order.reference, "2025年6月15日 24:00"):
        assert str(words) in text


def test_anothers_fee_page_and_receipt_are_not_there(clerk: User, finance: User) -> None:
    found = desk.approved(clerk)
    payment, stranger = desk.pay(found, finance), builders.a_candidate().user
    assert stranger is not None
    client = builders.signed_in(stranger)
    assert client.get(reverse("fee", args=[found.pk])).status_code == 404
    assert client.get(reverse("receipt", args=[payment.pk])).status_code == 404


def test_a_receipt_is_made_for_its_owner(clerk: User, finance: User) -> None:
    payment = desk.pay(desk.approved(clerk), finance)
    owner = payment.order.application.candidate.user
    assert owner is not None
    answer = builders.signed_in(owner).get(reverse("receipt", args=[payment.pk]))
    assert answer.content[:5] == b"%PDF-"
    paper = "".join(PdfReader(io.BytesIO(receipt_pdf(payment))).pages[0].extract_text().split())
    assert [amount for amount in ("95.00", "385.00", "480.00") if amount not in paper] == []


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("480.00", "肆佰捌拾元整"),
        ("95.50", "玖拾伍元伍角整"),
        ("0.05", "伍分"),
        ("1005.04", "壹仟零伍元零肆分"),
        ("100000.00", "壹拾万元整"),
        ("10020030.10", "壹仟零贰万零叁拾元壹角整"),
        ("0.00", "零元整"),
    ],
)
def test_amounts_read_in_capital_figures(amount: str, words: str) -> None:
    assert amount_in_words(Decimal(amount)) == words


def call(user: User, path: str, body: dict[str, Any] | None = None) -> Any:
    """One call of the HTTP API with a key of the person."""
    builders.signed_in(user)  # staff have their second factor
    key, _ = make_token(user, at=builders.at("2025-05-22T09:00"))
    headers = {"Authorization": f"Bearer {key}"}
    if body is None:
        return Client(headers=headers).get(f"/api/v1/{path}")
    return Client(headers=headers).post(f"/api/v1/{path}", body, content_type="application/json")


def test_finance_records_payments_over_http_once(clerk: User, finance: User) -> None:
    order = desk.order_of(desk.approved(clerk))
    body = {"order": order.reference, "amount": "480.00", "method": "pos", "reference": "SLIP-9"}
    first, again = call(finance, "payments/", body), call(finance, "payments/", {**body, "order": str(order.pk)})
    assert (first.status_code, again.status_code, first.json() == again.json()) == (201, 201, True)
    assert (first.json()["amount"], Payment.objects.count()) == ("480.00", 1)
    clash = call(finance, "payments/", {**body, "amount": "95.00"})
    assert (clash.status_code, clash.json()["code"]) == (409, "reference_used")


@pytest.mark.parametrize("amount", [480, "480.000", "-1", "1e3", "", None])
def test_an_odd_amount_over_http_is_refused(clerk: User, finance: User, amount: Any) -> None:
    order = desk.order_of(desk.approved(clerk))
    body = {"order": order.reference, "amount": amount, "method": "cash", "reference": "C"}
    assert (call(finance, "payments/", body).status_code, Payment.objects.count()) == (400, 0)


def test_over_http_one_sees_ones_own(clerk: User, finance: User) -> None:
    mine, other = desk.approved(clerk), desk.approved(clerk)
    payment, owner = desk.pay(mine, finance), mine.candidate.user
    assert owner is not None
    assert [one["reference"] for one in call(owner, "orders/").json()["results"]] == [desk.order_of(mine).reference]
    assert call(owner, f"orders/{desk.order_of(other).pk}/").status_code == 404
    assert call(owner, f"payments/{payment.pk}/").json()["amount"] == "480.00"
    assert (
        call(owner, "payments/", {"order": "1", "amount": "1.00", "method": "cash", "reference": "x"}).status_code
        == 403
    )
