"""The pages of a cancelled or moved exam: one's own, the institution's, the counter's, finance's (rules A4)."""

from __future__ import annotations

import pytest
from django.test import Client

from exams.models import Sitting
from kupasi.people.models import User
from registration.models import Application, Refund
from tests.builders import a_candidate, a_user, at, signed_in
from tests.exams.seating import a_session, seat_all
from tests.registration import group

from .disrupting import WHEN, called_off, choice_of, confirmed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice", "at_work")]


@pytest.fixture
def at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kupasi.clock.now", lambda: at(WHEN))


@pytest.fixture
def paid(clerk: User, finance: User) -> Application:
    application = confirmed(clerk, finance)
    seat_all(a_session())
    return application


def text(client: Client, path: str) -> str:
    return client.get(path, follow=True).content.decode()


def test_a_candidate_is_led_to_the_choice_and_makes_it(paid: Application) -> None:
    browser, page = signed_in(paid.candidate.user), f"/me/applications/{paid.pk}/change/"
    assert "选择改期或退费" not in text(browser, page)
    called_off(paid.exam_session)
    assert f'href="{page}"' in text(browser, f"/me/applications/{paid.pk}/")
    shown = text(browser, page)
    assert "全额退费 480.00 元" in shown
    assert "改到 2025年9月" in shown
    assert browser.post(page, {"option": ""}).status_code == 200
    assert browser.post(page, {"option": "month:2099-01"}).status_code == 200
    assert browser.post(page, {"option": "month:2025-09"}).status_code == 302
    assert "改到其他评价月" in text(browser, f"/me/applications/{paid.pk}/")
    assert signed_in(a_candidate().user).get(page).status_code == 404


def test_a_paid_application_is_refused_before_anything_is_promised(paid: Application) -> None:
    answer = signed_in(paid.candidate.user).get(f"/me/applications/{paid.pk}/withdraw/")
    assert (answer.context["refusal"].code, "确认撤回" in answer.content.decode()) == ("paid_no_refund", False)


def test_the_counter_takes_it_down_and_finance_pays_all_at_once(paid: Application, clerk: User, finance: User) -> None:
    disruption = called_off(paid.exam_session)
    desk, till = signed_in(clerk), signed_in(finance)
    page = f"/board/choices/{choice_of(paid).pk}/"
    assert signed_in(finance).post(page, {"option": "refund"}).status_code == 403
    assert desk.post(page, {"option": "refund"}).status_code == 302
    board = f"/board/disruptions/{disruption.pk}/"
    assert paid.number in text(desk, board)
    shown = till.get(board)
    assert shown.context["owed"][0][1] == "480.00"
    assert desk.post(f"{board}pay-back/", {"keys": shown.context["keys"]}).status_code == 403
    for _ in range(2):
        till.post(f"{board}pay-back/", {"keys": shown.context["keys"]})
    assert Refund.objects.get().amount == 480
    till.post(f"{board}pay-back/", {"keys": "forged"})
    assert Refund.objects.count() == 1


def test_an_institution_chooses_for_those_it_ticks() -> None:
    filed = group.confirmed(2)
    one, two = filed.people
    called_off(one.exam_session)
    clerk, approver = signed_in(filed.clerk), signed_in(filed.approver)
    assert one.number in text(clerk, "/institution/changes/")
    ticked = {"choice": [choice_of(one).pk], "option": "refund"}
    assert clerk.post("/institution/changes/", ticked).status_code == 404
    assert approver.post("/institution/changes/", ticked).status_code == 302
    assert (choice_of(one).status, choice_of(two).status) == ("refund", "open")
    approver.post("/institution/changes/", {"choice": [choice_of(two).pk], "option": "keep"})
    assert choice_of(two).status == "open"
    other = group.submitted(1, school=1, first=900)
    assert one.number not in text(signed_in(other.approver), "/institution/changes/")


def test_the_office_asks_from_the_board_and_sees_whom_it_concerns(paid: Application, clerk: User) -> None:
    desk = signed_in(clerk)
    ask = f"/admin/approvals/proposal/ask/session_off/{paid.exam_session_id}/"
    assert ask in text(desk, "/board/disruptions/")
    page = desk.post(ask, {"target": "", "reason": "考场停电"}, follow=True).content.decode()
    assert "1 人" in page
    assert "480.00 元" in page


def test_a_session_that_has_begun_is_not_offered_for_calling_off(
    paid: Application, clerk: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kupasi.clock.now", lambda: Sitting.objects.order_by("starts_at")[0].starts_at)
    ask = f"/admin/approvals/proposal/ask/session_off/{paid.exam_session_id}/"
    assert ask not in text(signed_in(clerk), "/board/disruptions/")


def test_a_seated_sitting_is_moved_by_two_people_only(paid: Application, clerk: User) -> None:
    sitting = Sitting.objects.order_by("pk").first()
    page = signed_in(clerk).get(f"/admin/exams/sitting/{sitting.pk}/change/")
    move = f"/admin/approvals/proposal/ask/sitting_move/{sitting.pk}/"
    assert move in page.content.decode()
    given = {"on": "2025-07-19", "starts": "09:00", "ends": "11:00", "room": sitting.room_id, "reason": "设备检修"}
    assert signed_in(clerk).post(move, given).status_code == 302
    assert str(Sitting.objects.get(pk=sitting.pk).on) == "2025-07-12"
    late = given | {"on": "2025-08-19"}
    assert "评价月" in signed_in(a_user("clerk")).post(move, late).content.decode()


def test_a_long_list_costs_as_many_queries_as_a_short_one(django_assert_max_num_queries: object) -> None:
    filed = group.confirmed(6)
    disruption = called_off(filed.people[0].exam_session)
    desk, approver = signed_in(filed.office), signed_in(filed.approver)
    for browser, path in ((desk, f"/board/disruptions/{disruption.pk}/"), (approver, "/institution/changes/")):
        with django_assert_max_num_queries(32):  # type: ignore[operator]
            assert browser.get(path).status_code == 200
