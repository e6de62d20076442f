"""The office reviews a roster in bulk: everybody at once but the exceptions, which are judged one by one (rules E4)."""

from __future__ import annotations

import pytest
from django.test import Client

from kupasi.audit.models import Entry
from kupasi.errors import Refusal
from kupasi.people.models import User
from registration.enums import ApplicationStatus, RosterStatus
from registration.models import Application, Order, Roster, RosterRow
from registration.services.rosters import filing, office
from tests import builders

from . import lists

pytestmark = pytest.mark.django_db
NOW = lists.NOW
LATER = "2025-05-21T10:00"


@pytest.fixture
def roster() -> Roster:
    school = lists.a_school()
    clerk, approver = (lists.a_member(role, school) for role in ("institution_clerk", "institution_approver"))
    return lists.submitted(clerk, approver, people=4)


@pytest.fixture
def clerk() -> User:
    return builders.a_user("clerk")


def filed(roster: Roster) -> None:
    filing.file_some(by=builders.act(None, NOW))
    assert not RosterRow.objects.filter(roster=roster, application=None, is_held=False, refused_code="").exists()


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.RaisesExc(Refusal, check=lambda refusal: refusal.code == code)


def page(roster: Roster) -> str:
    return f"/admin/registration/roster/{roster.pk}/review/"


def browser(role: str) -> Client:
    return builders.signed_in(builders.a_user(role))


def test_everybody_but_the_exceptions_is_approved_at_once(roster: Roster, clerk: User) -> None:
    filed(roster)
    held, objected = roster.rows.order_by("line")[:2]
    RosterRow.objects.filter(pk=held.pk).update(is_held=True)
    RosterRow.objects.filter(pk=objected.pk).update(objected_at=builders.at(NOW))
    assert office.approve_rest(roster.pk, seen=2, by=builders.act(clerk, LATER)) == 2
    approved = Application.objects.filter(status=ApplicationStatus.APPROVED)
    assert approved.count() == 2
    assert not approved.filter(roster_row__in=[held, objected]).exists()
    assert Entry.objects.filter(action="application.approved").count() == 2


def test_another_number_than_was_shown_approves_nobody(roster: Roster, clerk: User) -> None:
    filed(roster)
    with refused("stale"):
        office.approve_rest(roster.pk, seen=3, by=builders.act(clerk, LATER))
    assert not Application.objects.filter(status=ApplicationStatus.APPROVED).exists()


def test_exceptions_are_returned_or_refused_all_or_none(roster: Roster, clerk: User) -> None:
    filed(roster)
    first, second, third, _ = roster.rows.order_by("line").values_list("pk", flat=True)
    by = builders.act(clerk, LATER)
    assert office.reject_some(roster.pk, [first], reason="材料不符", by=by) == 1
    with refused("stale"):
        office.reject_some(roster.pk, [first, second], reason="材料不符", by=by)
    from registration.enums import Step

    assert office.return_some(roster.pk, [third], step=Step.PHOTO, reason="照片不清", until=None, by=by) == 1
    states = dict(RosterRow.objects.filter(roster=roster).values_list("pk", "application__status"))
    assert [states[pk] for pk in (first, second, third)] == ["rejected", "submitted", "returned"]


def test_the_page_leads_through_the_whole_review(roster: Roster) -> None:
    filed(roster)
    office_browser = browser("clerk")
    assert "通过例外以外的 4 人" in office_browser.get(page(roster)).content.decode()
    office_browser.post(page(roster), {"act": "rest", "seen": "4"})
    office_browser.post(page(roster), {"act": "originals", "seen": "4"})
    office_browser.post(page(roster), {"act": "close"})
    roster.refresh_from_db()
    assert roster.status == RosterStatus.REVIEWED
    assert not Application.objects.filter(original_at=None).exists()
    assert Order.objects.get().total == 4 * 480


def test_the_review_is_not_closed_while_somebody_waits(roster: Roster) -> None:
    filed(roster)
    answer = browser("clerk").post(page(roster), {"act": "close"})
    assert answer.status_code == 400
    roster.refresh_from_db()
    assert roster.status == RosterStatus.SUBMITTED


def test_a_held_row_is_refused_by_the_office(roster: Roster) -> None:
    row = roster.rows.first()
    RosterRow.objects.filter(pk=row.pk).update(is_held=True)
    filed(roster)
    browser("clerk").post(page(roster), {"act": "reject", "rows": [row.pk], "reason": "身份无法核实"})
    row.refresh_from_db()
    assert row.refused_code == "not_accepted"


@pytest.mark.parametrize(
    ("role", "sees", "acts"),
    [("clerk", 200, 302), ("supervisor", 200, 403), ("auditor", 200, 403), ("marker", 403, 403), ("admin", 403, 403)],
)
def test_who_sees_and_who_acts(roster: Roster, role: str, sees: int, acts: int) -> None:
    filed(roster)
    office_browser = browser(role)
    assert office_browser.get(page(roster)).status_code == sees
    assert office_browser.post(page(roster), {"act": "rest", "seen": "4"}).status_code == acts


def test_a_draft_is_not_on_the_offices_desk() -> None:
    roster = lists.a_roster(lists.a_member("institution_clerk", lists.a_school()))
    assert browser("clerk").get(page(roster)).status_code == 404
