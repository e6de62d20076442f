"""What an institution and the office see of rosters asks the database as often for a hundred times as many."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kupasi.people.models import Candidate
from registration.models import Application, Roster
from registration.services import roster_orders
from registration.services.rosters import office
from tests import builders
from tests.registration import group, lists

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
MANY = 100
REVIEW = "/admin/registration/roster/{}/review/?show=all"


def asked(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as queries:
        act()
    return len(queries)


def looked_at(client: Client, path: str) -> int:
    """A page, looked at before: the first one of a session notes the device."""
    client.get(path)
    return asked(lambda: client.get(path))


def with_accounts(made: group.Group) -> group.Group:
    """Everybody on the list has an account of their own, and is written to."""
    for one in Candidate.objects.filter(applications__roster_row__roster=made.roster):
        Candidate.objects.filter(pk=one.pk).update(user=builders.a_user("candidate"))
    return made


def test_the_bulk_review_asks_as_often_for_a_hundred_as_for_one() -> None:
    few, many = with_accounts(group.filed(1)), with_accounts(group.filed(MANY, school=1, first=10))
    desk = builders.signed_in(builders.a_user("clerk"))
    assert looked_at(desk, REVIEW.format(few.roster.pk)) == looked_at(desk, REVIEW.format(many.roster.pk))
    by = builders.act(few.office, group.REVIEWED)
    approving = [asked(lambda one=one, seen=seen: office.approve_rest(one.roster.pk, seen=seen, by=by))
                 for one, seen in ((few, 1), (many, MANY))]  # fmt: skip
    closing = [asked(lambda one=one: roster_orders.close_review(one.roster.pk, by=by)) for one in (few, many)]
    assert approving[1] - approving[0] <= 2  # SQLite takes a thousand values at once: letters and audit lines in pieces
    assert closing[0] == closing[1]
    assert Application.objects.filter(status="approved").count() == MANY + 1


def test_the_pages_of_a_list_ask_as_often_for_a_hundred_people_as_for_one() -> None:
    few, many = group.submitted(1), group.submitted(MANY, school=1, first=10)
    paths = ("/institution/", "/institution/rosters/{}/", "/institution/rosters/{}/sign/")
    counts = []
    for made in (few, many):
        client = Client()
        client.force_login(made.clerk)
        counts.append([looked_at(client, path.format(made.roster.pk)) for path in paths])
    assert counts[0] == counts[1]


def test_the_dashboards_ask_as_often_for_a_hundred_lists_as_for_one() -> None:
    made = group.submitted(1)
    own, desk = Client(), builders.signed_in(builders.a_user("clerk"))
    own.force_login(made.clerk)
    pages = ((own, "/institution/"), (desk, "/admin/"), (desk, "/admin/registration/roster/"))
    few = [looked_at(*page) for page in pages]
    first = Roster.objects.get()
    Roster.objects.bulk_create(
        Roster(
            number=f"R{at:013}", institution=first.institution, window=first.window, status=first.status,
            created_at=first.created_at, created_by=first.created_by, signed_at=first.signed_at,
            signed_by=first.signed_by, submitted_at=first.submitted_at, submitted_by=first.submitted_by,
        )
        for at in range(MANY)
    )  # fmt: skip
    assert [looked_at(*page) for page in pages] == few
    assert lists.a_school(0) == first.institution
