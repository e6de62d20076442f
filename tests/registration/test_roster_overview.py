"""An institution's first page: how many of its people are in which state, window by window, nobody twice."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registration.models import Roster, RosterRow
from registration.services import review
from registration.services.rosters.overview import WindowShown, windows_of
from tests import builders

from . import group

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
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
