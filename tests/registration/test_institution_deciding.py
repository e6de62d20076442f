"""The office decides what people object to: both sides are told, one line goes on, another ends (rules E4)."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from kupasi.approvals.models import Proposal
from kupasi.audit.models import Entry
from kupasi.errors import Refusal
from kupasi.notices.models import Notice
from kupasi.people.enums import DocumentKind
from registration.enums import ObjectionOutcome
from registration.models import RosterObjection, RosterRow
from registration.services.rosters import deciding, filing, objections
from registration.services.rosters.objections import Asker
from tests import builders

from . import group, lists
from .group import Group

pytestmark = pytest.mark.django_db
THEN = "2025-05-21T11:00"
UPHELD, LIFTED = ObjectionOutcome.UPHELD, ObjectionOutcome.LIFTED


def object_to(made: Group, place: int = 0, *, when: str = "2025-05-21T09:00") -> RosterRow:
    """The person in that place of the list objects."""
    row = made.rows[place]
    number, phone = lists.number_of(row.line - 1), f"199{row.line - 1:08d}"
    asker = Asker.of(kind=DocumentKind.RESIDENT_ID, number=number, phone=phone)
    return objections.object_to(row.pk, asker=asker, by=builders.act(None, when))


def decide(made: Group, row: RosterRow, outcome: ObjectionOutcome, *, reason: str = "已与本人电话核实") -> RosterRow:
    by = builders.act(made.office, THEN)
    deciding.decide_some(made.roster.pk, [row.pk], outcome=outcome, reason=reason, by=by)
    return RosterRow.objects.get(pk=row.pk)


def code(act) -> str:  # type: ignore[no-untyped-def]
    with pytest.raises(Refusal) as caught:
        act()
    return str(caught.value.code)


def test_a_lifted_objection_lets_the_line_be_filed_again() -> None:
    made = group.filed(2)
    row = decide(made, object_to(made), LIFTED)
    assert (row.objected_at, row.application) == (None, None)
    filing.file_some(by=group.JOB)
    assert made.states == ["submitted", "submitted"]
    assert RosterObjection.objects.get().ended.status == "withdrawn"


def test_an_upheld_objection_ends_the_line() -> None:
    made = group.filed(2)
    row = decide(made, object_to(made), UPHELD)
    filing.file_some(by=group.JOB)
    assert row.objected_at is not None
    assert made.states == ["withdrawn", "submitted"]
    assert list(deciding.undecided(made.roster)) == list(deciding.still_paid(made.roster)) == []


def test_a_line_that_was_not_filed_yet_goes_on_as_well() -> None:
    made = group.submitted(1)
    decide(made, object_to(made), LIFTED)
    filing.file_some(by=group.JOB)
    assert made.states == ["submitted"]


def test_whoever_is_paid_for_stays_until_the_fee_goes_back() -> None:
    made = group.confirmed(2)
    row = object_to(made, when="2025-05-24T09:00")
    assert row.application.status == "confirmed"
    decide(made, row, UPHELD)
    assert [one.pk for one in deciding.still_paid(made.roster)] == [row.application_id]
    assert not Proposal.objects.exists()


def test_after_the_review_nobody_comes_back_onto_the_order() -> None:
    made = group.reviewed(2)
    row = decide(made, object_to(made, when="2025-05-21T10:30"), LIFTED)
    assert (row.objected_at, row.application.status) == (None, "withdrawn")
    told = Notice.objects.filter(kind="roster.objection_decided", candidate__isnull=False).first()
    assert "不能再并入" in told.body


def test_both_sides_are_told_and_the_institutions_letter_names_nobody() -> None:
    made = group.filed(2)
    row = decide(made, object_to(made), UPHELD)
    letters = Notice.objects.filter(kind__contains="objection_decided")
    readers = {one.user or one.candidate for one in letters}
    assert readers == {made.clerk, made.approver, row.application.candidate}
    assert not any(row.name in one.body for one in letters)
    assert Entry.objects.filter(action="roster.objection_decided").count() == 1


def test_a_decision_needs_a_reason_and_an_open_objection() -> None:
    made = group.filed(2)
    row = object_to(made)
    assert code(lambda: decide(made, row, LIFTED, reason=" ")) == "reason_missing"
    assert code(lambda: decide(made, made.rows[1], LIFTED)) == "stale"
    decide(made, row, LIFTED)
    assert code(lambda: decide(made, row, UPHELD)) == "stale"


def test_the_person_may_object_again_and_each_objection_is_kept() -> None:
    made = group.filed(1)
    for _ in range(2):
        decide(made, object_to(made), LIFTED)
        filing.file_some(by=group.JOB)
    assert RosterObjection.objects.filter(outcome=LIFTED).count() == 2
    assert made.states == ["submitted"]


def test_the_database_holds_one_open_objection_to_a_line() -> None:
    row = object_to(group.filed(1))
    with pytest.raises(IntegrityError), transaction.atomic():
        RosterObjection.objects.create(row=row, raised_at=builders.at(THEN))
    with pytest.raises(IntegrityError), transaction.atomic():
        RosterObjection.objects.filter(row=row).update(outcome=LIFTED)


def test_the_page_decides_for_the_reviewer_alone() -> None:
    made = group.filed(2)
    row = object_to(made)
    address = reverse("admin:registration_roster_review", args=[made.roster.pk])
    given = {"act": "uphold", "rows": [row.pk], "reason": "已核实"}
    assert builders.signed_in(builders.a_user("supervisor")).post(address, given).status_code == 403
    clerk: Client = builders.signed_in(made.office)
    assert "所选异议成立" in clerk.get(address).content.decode()
    assert clerk.post(address, given).status_code == 302
    assert RosterObjection.objects.get().outcome == UPHELD
    assert "所选异议成立" not in clerk.get(address).content.decode()


def test_the_queue_holds_the_roster_until_it_is_decided() -> None:
    made = group.filed(2)
    clerk = builders.signed_in(made.office)
    address = reverse("admin:registration_roster_changelist") + "?objection=open"
    assert made.roster.number not in clerk.get(address).content.decode()
    row = object_to(made)
    assert made.roster.number in clerk.get(address).content.decode()
    decide(made, row, LIFTED)
    assert made.roster.number not in clerk.get(address).content.decode()


def test_before_the_review_is_closed_the_desk_is_told_of_objections_that_are_open() -> None:
    made = group.filed(2)
    row, desk = object_to(made), builders.signed_in(made.office)
    page = reverse("admin:registration_roster_review", args=[made.roster.pk])
    assert "还有 1 件本人异议没有办结" in desk.get(page).content.decode()
    decide(made, row, UPHELD)
    assert "本人异议没有办结" not in desk.get(page).content.decode()
