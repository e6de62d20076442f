"""The office: home of queues, review page, ledger, bulk acts, search."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams.models import Publication
from exams.services import tickets
from kupasi import queues
from kupasi.audit.models import Entry as Line
from kupasi.people.models import User
from registration.admin.queues import APPLICATION_QUEUES, ORDER_QUEUES
from registration.enums import ApplicationStatus
from registration.models import Application, Order, Payment
from registration.services import review
from tests import builders
from tests.exams.marking import a_published_exam
from tests.exams.seating import a_session, enrolled, seat_all, seats_of
from tests.registration import desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
LIST = "/admin/registration/application/"


@pytest.fixture(autouse=True)
def on_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the 22nd of May 2025."""
    monkeypatch.setattr("kupasi.clock.now", lambda: builders.at("2025-05-22T10:00"))


def page_of(application: Application) -> str:
    return reverse("admin:registration_application_review", args=[application.pk])


def test_the_home_shows_what_one_may_act_on(clerk: User, finance: User) -> None:
    desk.submitted()
    ours = {"to-review", "originals-missing", "approved-unpaid"}
    for user, seen in ((clerk, {"to-review", "originals-missing"}), (finance, {"approved-unpaid"})):
        assert {line.queue.code for line in queues.board(user, on=date(2025, 5, 22))} & ours == seen


def test_a_queue_tells_how_many_and_since_when(clerk: User) -> None:
    desk.submitted(when="2025-05-18T10:00")
    desk.submitted(when="2025-05-21T10:00")
    line = next(one for one in queues.board(clerk, on=date(2025, 5, 22)) if one.queue.code == "to-review")
    assert (line.count, line.oldest_days, line.is_late) == (2, 4, True)


def test_a_doubted_identity_is_settled_before_anything_is_decided(clerk: User) -> None:
    found = desk.submitted()
    client = builders.signed_in(clerk)
    assert 'value="approve"' in client.get(page_of(found)).content.decode()
    found.candidate.needs_identity_review = True
    found.candidate.save(update_fields=["needs_identity_review"])
    page = client.get(page_of(found)).content.decode()
    assert 'value="approve"' not in page
    assert "/admin/people/candidate/?needs_identity_review__exact=1" in page


def test_a_queue_is_one_question(clerk: User) -> None:
    for _ in range(3):
        desk.submitted()
    clerk.has_perm("people.app_review")
    for queue in (*APPLICATION_QUEUES.values(), *ORDER_QUEUES.values()):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            list(queues._lines(clerk, [queue], date(2025, 5, 22)))
        assert len(asked) == 1, queue.code


def test_the_home_opens(clerk: User) -> None:
    desk.submitted()
    answer = builders.signed_in(clerk).get("/admin/")
    assert answer.status_code == 200
    assert "待审核" in answer.content.decode()


def test_approving_on_the_page_leads_to_the_next(clerk: User) -> None:
    first, second = desk.submitted(), desk.submitted(when="2025-05-20T09:05")
    answer = builders.signed_in(clerk).post(page_of(first), {"act": "approve"})
    first.refresh_from_db()
    assert (answer["Location"], first.status) == (page_of(second), ApplicationStatus.APPROVED)


def test_returning_on_the_page_needs_a_reason(clerk: User) -> None:
    found, client = desk.submitted(), builders.signed_in(clerk)
    refused = client.post(page_of(found), {"act": "return"})
    assert (refused.status_code, "请至少选择一个退回的项目" in refused.content.decode()) == (200, True)
    client.post(page_of(found), {"act": "return", "return-photo": "底色不白"})
    found.refresh_from_db()
    assert found.status == ApplicationStatus.RETURNED


def test_the_page_masks_numbers(clerk: User) -> None:
    found = desk.submitted()
    text = builders.signed_in(clerk).get(page_of(found)).content.decode()
    assert found.document is not None
    assert (found.document.masked in text, found.document.number in text) == (True, False)
    assert found.candidate.phone not in text


def test_the_enterer_sees_no_decision(clerk: User) -> None:
    found = desk.submitted()
    Application.objects.filter(pk=found.pk).update(created_by=clerk)
    client = builders.signed_in(clerk)
    assert 'value="approve"' not in client.get(page_of(found)).content.decode()
    client.post(page_of(found), {"act": "approve"})
    found.refresh_from_db()
    assert found.status == ApplicationStatus.SUBMITTED


@pytest.mark.parametrize("role", ["supervisor", "auditor"])
def test_readers_read_and_do_not_act(role: str) -> None:
    found, client = desk.submitted(), builders.signed_in(builders.a_user(role))
    text = client.get(page_of(found)).content.decode()
    assert found.name not in text
    assert client.post(page_of(found), {"act": "approve"}).status_code == 403


@pytest.mark.parametrize("role", ["marker", "invigilator", "admin", "publisher", "finance"])
def test_others_have_no_review_page(role: str) -> None:
    found = desk.submitted()
    assert builders.signed_in(builders.a_user(role)).get(page_of(found)).status_code in {403, 404}


def test_a_reviewed_application_has_no_review_form(clerk: User) -> None:
    text = builders.signed_in(clerk).get(page_of(desk.approved(clerk))).content.decode()
    assert 'value="approve"' not in text


def find(client: Client, words: str) -> tuple[str, str]:
    answer = client.post(LIST, {"find": words})
    return answer["Location"], client.get(answer["Location"]).content.decode()


def test_one_finds_by_number_name_and_tails_and_leaves_no_trace(clerk: User) -> None:
    found, other = desk.submitted(), desk.submitted()
    client, person = builders.signed_in(clerk), found.candidate
    assert found.document is not None
    number = found.document.number
    for words in (found.number or "", person.name, number, person.phone, person.phone[-4:], number[-4:]):
        address, text = find(client, words)
        assert words not in address
        assert f">{found.number}<" in text, words
    assert f">{other.number}<" not in find(client, number)[1]


@pytest.mark.parametrize("words", ["a\x00b", "\u202e\u200b", "%%", "'; --", "x" * 500])
def test_odd_words_find_nothing_and_break_nothing(clerk: User, words: str) -> None:
    found, client = desk.submitted(), builders.signed_in(clerk)
    for name in ("application", "order", "payment"):
        answer = client.post(f"/admin/registration/{name}/", {"find": words}, follow=True)
        assert (answer.status_code, f">{found.number}<" in answer.content.decode()) == (200, False)


def test_the_search_field_posts(clerk: User) -> None:
    text = builders.signed_in(clerk).get(LIST).content.decode()
    assert 'id="changelist-search" method="post"' in text
    assert 'name="find"' in text


def test_a_queue_begins_with_its_oldest(clerk: User) -> None:
    old, new = desk.submitted(when="2025-05-18T10:00"), desk.submitted(when="2025-05-19T10:00")
    text = builders.signed_in(clerk).get(f"{LIST}?queue=review").content.decode()
    assert text.index(old.number or "") < text.index(new.number or "")


def test_one_character_finds_nothing(clerk: User) -> None:
    found = desk.submitted()
    assert f">{found.number}<" not in find(builders.signed_in(clerk), "1")[1]


def test_many_are_done_exactly_as_previewed(clerk: User) -> None:
    good, odd, late = desk.submitted(), desk.submitted(), desk.submitted()
    Application.objects.filter(pk=odd.pk).update(photo=None)
    client, chosen = builders.signed_in(clerk), [str(one.pk) for one in (good, odd)]
    seen = client.post(LIST, {"action": "approve_many", "_selected_action": chosen}).content.decode()
    assert "将通过：1 份" in seen
    keys = seen.split('name="keys" value="')[1].split('"')[0]
    client.post(f"{LIST}many/approve/", {"keys": keys, "_selected_action": [str(late.pk)]})
    states = dict(Application.objects.values_list("pk", "status"))
    assert (states[good.pk], states[odd.pk], states[late.pk]) == ("approved", "submitted", "submitted")


def test_a_preview_cannot_be_forged_or_lent(clerk: User, other_clerk: User) -> None:
    found, client = desk.submitted(), builders.signed_in(clerk)
    seen = client.post(LIST, {"action": "receive_many", "_selected_action": [str(found.pk)]}).content.decode()
    keys = seen.split('name="keys" value="')[1].split('"')[0]
    assert client.post(f"{LIST}many/original/", {"keys": f"[{found.pk}]"}).status_code == 400
    assert client.post(f"{LIST}many/approve/", {"keys": keys}).status_code == 400
    assert builders.signed_in(other_clerk).post(f"{LIST}many/original/", {"keys": keys}).status_code == 400


def test_finance_records_a_payment_on_the_order_page(clerk: User, finance: User) -> None:
    order = desk.order_of(desk.approved(clerk))
    page = reverse("admin:registration_order_pay", args=[order.pk])
    builders.signed_in(finance).post(page, {"amount": "480.00", "method": "cash", "reference": "X-1"})
    assert Payment.objects.get().order == order
    assert Line.objects.filter(action="payment.recorded", actor=finance).count() == 1


@pytest.mark.parametrize(("role", "status"), [("auditor", 403), ("clerk", 403), ("marker", 404), ("admin", 404)])
def test_nobody_else_records_a_payment(clerk: User, role: str, status: int) -> None:
    order = desk.order_of(desk.approved(clerk))
    page = reverse("admin:registration_order_pay", args=[order.pk])
    client = builders.signed_in(builders.a_user(role))
    answer = client.post(page, {"amount": "480.00", "method": "cash", "reference": "X-1"})
    assert (answer.status_code, Payment.objects.count()) == (status, 0)


def test_the_lists_open(clerk: User, finance: User) -> None:
    found = review.receive_original(desk.approved(clerk).pk, by=builders.act(clerk))
    desk.pay(found, finance)
    for user, names in ((clerk, ["application", "order", "payment"]), (finance, ["order", "payment"])):
        for name in names:
            assert builders.signed_in(user).get(f"/admin/registration/{name}/").status_code == 200


def test_a_longer_list_asks_no_more(clerk: User) -> None:
    client = builders.signed_in(clerk)
    client.get(LIST)  # what a process asks for once
    counts = []
    for _ in range(2):
        desk.submitted()
        desk.submitted()
        with CaptureQueriesContext(connection) as asked:
            client.get(LIST)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def links_of(client: Client, page: str) -> set[str]:
    """Where a row's page leads within the admin."""
    shown = client.get(page).content.decode()
    return set(re.findall(r'href="(/admin/[^"#?]+/change/)"', shown))


@pytest.mark.parametrize("role", ["clerk", "finance", "auditor", "supervisor"])
def test_the_page_of_a_person_leads_only_where_one_may_go(role: str) -> None:
    order = Order.objects.get(application=desk.submitted())
    assert order.application is not None
    page = reverse("admin:people_candidate_change", args=[order.application.candidate_id])
    client = builders.signed_in(builders.a_user(role))
    assert {client.get(link).status_code for link in links_of(client, page)} <= {200, 302}


def test_a_field_that_is_read_leads_only_where_one_may_go(monkeypatch: pytest.MonkeyPatch) -> None:
    a_published_exam("80,70")
    page = reverse("admin:exams_publication_change", args=[Publication.objects.get().pk])
    client = builders.signed_in(builders.a_user("publisher"))
    assert {client.get(link).status_code for link in links_of(client, page)} <= {200}
    monkeypatch.setattr("kupasi.admin.OpenLinks", lambda shown, request: shown)
    assert 403 in {client.get(link).status_code for link in links_of(client, page)}


def test_the_page_of_a_ticket_leads_its_invigilator_nowhere_else() -> None:
    session = a_session()
    entry = enrolled(session)
    seat_all(session)
    tickets.issue(entry.pk, by=builders.act(when="2025-07-09T09:00"))
    page = reverse("admin:exams_admissionticket_change", args=[entry.ticket.pk])
    user, seat = builders.a_user("invigilator"), seats_of(entry)[0]
    assert seat.sitting is not None
    seat.sitting.invigilators.add(user)
    assert not links_of(builders.signed_in(user), page)
    assert links_of(builders.signed_in(builders.a_user("clerk")), page)
