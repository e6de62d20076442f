"""A list asks the database as often for many rows as for few."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from registration.models import Application
from tests import builders

from .crowd import a_session, drafts_of, open_now, people, with_drafts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
SUBMITTING = (
    14  # session, account, institution, row, items, traces, briefing; items, row, order, items, lines, letter, place
)
APPLICATIONS = "/admin/registration/application/"


def hand_in(count: int) -> None:
    """So many more people whose applications wait for review."""
    window = open_now()
    session = a_session(window, capacity=None)
    for draft in drafts_of(people(count)):
        Application.objects.filter(pk=draft.pk).update(
            status="submitted", number=f"25{draft.pk:010}", window=window, exam_session=session,
            fee_total=480, submitted_at=draft.created_at,
        )  # fmt: skip


def asked(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
        return len(queries)


def staff(path: str) -> Callable[[], int]:
    client = builders.signed_in(builders.a_user("clerk"))
    client.get(path)  # the first page of a session notes the device
    return lambda: asked(client, path)


@pytest.mark.parametrize("path", ["/admin/", APPLICATIONS, f"{APPLICATIONS}?queue=review", "/admin/people/candidate/"])
def test_as_many_queries_for_thirty_people_as_for_three(path: str) -> None:
    hand_in(3)
    ask = staff(path)
    few = ask()
    hand_in(27)
    assert ask() == few


def test_a_submission_asks_and_writes_no_more_than_it_must() -> None:
    a_session(open_now(), capacity=5)
    client = Client()
    for person in with_drafts(2):
        client.cookies["sessionid"] = person.cookie
        with CaptureQueriesContext(connection) as queries:
            answer = client.post(f"/me/applications/{person.draft}/preview/", {"token": person.token})
        assert answer.status_code == 302
    asked = [one["sql"] for one in queries if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(asked) == SUBMITTING
