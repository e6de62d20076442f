"""An institution's first page: how many of its people are in which state, window by window, nobody twice."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kupasi.notices.models import Notice
from registration.enums import Step
from registration.models import Roster, RosterRow
from registration.services import review
from registration.services.rosters import office, states
from registration.services.rosters.overview import WindowShown, windows_of
from tests import builders

from . import group

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
PHOTO = "照片不清晰"
TODAY = builders.at(group.REVIEWED).date()


def shown(made: group.Group) -> list[WindowShown]:
    rosters = Roster.objects.visible_to(made.approver).select_related("window").order_by("-pk")
    return windows_of(made.roster.institution, rosters, on=TODAY)


def counts(made: group.Group) -> dict[str, int]:
    (one,) = [each for each in shown(made) if each.rosters]
    assert sum(one.counter.values()) == sum(each.people for each in one.rosters)
    return {code: number for code, number in one.counter.items() if number}


def test_everybody_is_counted_once_by_how_far_they_are() -> None:
    made = group.filed(4)
    review.approve(made.people[0].pk, by=builders.act(made.office, group.REVIEWED))
    review.reject(made.people[1].pk, reason="材料不符", by=builders.act(made.office, group.REVIEWED))
    assert counts(made) == {"submitted": 2, "approved": 1, "ended": 1}


def test_who_was_not_accepted_or_objected_before_an_application_was_made_does_not_wait_for_ever() -> None:
    made = group.submitted(3)
    first, second, _ = made.rows
    RosterRow.objects.filter(pk=first.pk).update(refused_code="not_accepted")
    RosterRow.objects.filter(pk=second.pk).update(objected_at=builders.at(group.REVIEWED))
    assert counts(made) == {"submitted": 1, "ended": 2}


def test_the_page_asks_as_often_for_many_people_in_many_states() -> None:
    few, many = group.filed(1), group.filed(30, school=1, first=10)
    for one in many.people[:10]:
        review.approve(one.pk, by=builders.act(many.office, group.REVIEWED))
    asked = []
    for made in (few, many):
        with CaptureQueriesContext(connection) as queries:
            shown(made)
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_the_institution_reads_why_somebody_was_sent_back_and_what_to_do_next() -> None:
    made = group.filed(3)
    by = builders.act(made.office, group.REVIEWED)
    keys = [row.pk for row in made.rows]
    office.return_some(made.roster.pk, keys[:1], step=Step.PHOTO, reason=PHOTO, until=None, by=by)
    office.reject_some(made.roster.pk, keys[1:2], reason="材料不符", by=by)
    notes = [one.note for one in states.listed(made.roster)]
    assert notes == [f"照片：{PHOTO}。请通知本人在 2025年6月15日 24:00 前登录补正。", "材料不符", ""]
    page = builders.signed_in(made.approver).get(f"/institution/rosters/{made.roster.pk}/").content.decode()
    assert "1 人退回补正，请通知本人" in page
    letters = Notice.objects.filter(kind="roster.returned")
    assert {one.user for one in letters} == {made.clerk, made.approver}
    assert not any(PHOTO in one.body for one in letters)


def test_who_corrected_it_has_no_note_any_more_and_notes_cost_no_query_each() -> None:
    made = group.filed(2)
    by = builders.act(made.office, group.REVIEWED)
    asked = []
    for row in made.rows:
        office.return_some(made.roster.pk, [row.pk], step=Step.PHOTO, reason=PHOTO, until=None, by=by)
        with CaptureQueriesContext(connection) as queries:
            assert sum(PHOTO in one.note for one in states.listed(made.roster)) == len(asked) + 1
        asked.append(len(queries))
    assert asked[0] == asked[1]
    made.people[0].returned_items.update(resolved_at=by.at)
    assert [PHOTO in one.note for one in states.listed(made.roster)] == [False, True]
