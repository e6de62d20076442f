"""The clock: warned, lapsed, flagged."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from exams.models import ExamSession
from kupasi.notices.models import Notice
from kupasi.people.models import User
from registration.enums import ApplicationStatus, OrderStatus
from registration.models import Application
from registration.services import deadlines, review
from registration.services.status import papers_due
from tests import builders
from tests.registration import desk
from tests.registration.test_review import lines

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
AFTER = "2025-06-16T00:00:00"


def run(when: str) -> None:
    """What the three sweeps do at a moment."""
    by = builders.act(when=when)
    for pk in deadlines.warn_due(by.at):
        deadlines.warn(pk, by=by)
    for pk in deadlines.lapse_due(by.at):
        deadlines.lapse(pk, by=by)
    for pk in deadlines.flag_due(by.at):
        deadlines.flag_part_paid(pk, by=by)


def status() -> str:
    return Application.objects.get().status


@pytest.mark.parametrize(
    ("when", "after"), [(desk.CLOSES, "approved"), (AFTER, "lapsed"), ("2025-07-30T04:00", "lapsed")]
)
def test_the_unpaid_lapse_after_the_last_second(clerk: User, when: str, after: str) -> None:
    desk.approved(clerk)
    run(when)
    assert status() == ApplicationStatus(after)


def test_lapsing_gives_the_place_back_once(clerk: User) -> None:
    found = desk.approved(clerk)
    run(AFTER)
    run(AFTER)
    assert ExamSession.objects.get(pk=found.exam_session_id).taken == 0
    assert (desk.order_of(found).status, lines("application.lapsed")) == (OrderStatus.CLOSED, 1)
    assert Notice.objects.filter(kind="application_lapsed", channel="in_app").count() == 1


def test_the_paid_never_lapse(clerk: User, finance: User) -> None:
    desk.pay(desk.approved(clerk), finance)
    run("2025-09-01T00:00")
    assert status() == ApplicationStatus.CONFIRMED


def test_the_partly_paid_are_flagged_to_finance_once(clerk: User, finance: User) -> None:
    desk.pay(desk.approved(clerk), finance, amount=Decimal("95"))
    run(AFTER)
    run("2025-06-16T00:01:00")
    assert (status(), lines("order.part_paid_overdue")) == (ApplicationStatus.APPROVED, 1)
    assert Notice.objects.filter(kind="part_paid_overdue", user=finance, channel="in_app").count() == 1


def test_a_warning_comes_two_days_before_and_once(clerk: User) -> None:
    desk.approved(clerk)
    run("2025-06-13T23:59:58")
    assert lines("application.payment_warned") == 0
    run("2025-06-14T00:00:00")
    run("2025-06-14T00:05:00")
    assert lines("application.payment_warned") == 1
    assert Notice.objects.filter(key__contains="pay-soon", channel="in_app").count() == 1


def test_a_clock_that_was_out_warns_late_but_in_time(clerk: User) -> None:
    desk.approved(clerk)
    run("2025-06-15T23:00:00")
    assert lines("application.payment_warned") == 1


def test_the_uncorrected_lapse(clerk: User) -> None:
    review.send_back(desk.submitted().pk, items={"photo": "模糊"}, by=builders.act(clerk))
    run(desk.CLOSES)
    assert status() == ApplicationStatus.RETURNED
    run(AFTER)
    assert status() == ApplicationStatus.LAPSED


def test_more_time_keeps_it_alive(clerk: User) -> None:
    found = review.send_back(desk.submitted().pk, items={"photo": "模糊"}, by=builders.act(clerk))
    until = builders.at("2025-06-20T00:00").date()
    review.extend_correction(found.pk, until=until, reason="住院", by=builders.act(clerk))
    run(AFTER)
    assert status() == ApplicationStatus.RETURNED


@pytest.mark.parametrize(
    ("when", "due"),
    [("2025-05-20T09:00", date(2025, 6, 27)), ("2025-12-31T20:00", date(2026, 1, 4))],
    ids=["well before the month", "after the ticket day of the month's first day"],
)
def test_the_day_for_the_original_is_never_past_when_one_applies(when: str, due: date) -> None:
    found = builders.an_application(when=when)
    assert found.exam_session is not None
    assert papers_due(found, exam_month=found.exam_session.exam_month).on == due


def test_paid_but_never_handed_in_ends_with_the_exam_month_and_blocks_nobody(clerk: User, finance: User) -> None:
    application = desk.approved(clerk)
    desk.pay(application, finance)
    assert deadlines.without_original_due(builders.at("2025-07-31T23:59:59")) == []
    after = builders.act(when="2025-08-01T00:00:00")
    assert deadlines.without_original_due(after.at) == [application.pk]
    assert deadlines.end_without_original(application.pk, by=after)
    assert not deadlines.end_without_original(application.pk, by=after)
    assert status() == ApplicationStatus.CANCELLED
    assert Notice.objects.filter(subject="申报已结束").exists()
    again = builders.an_application(application.candidate, when="2025-08-02T09:00")
    assert again.status == ApplicationStatus.SUBMITTED


def test_who_handed_the_original_in_waits_for_a_seat_whatever_the_month(clerk: User, finance: User) -> None:
    application = desk.approved(clerk)
    desk.pay(application, finance)
    review.receive_original(application.pk, by=builders.act(clerk, "2025-05-23T10:00"))
    assert deadlines.without_original_due(builders.at("2025-09-01T00:00:00")) == []
