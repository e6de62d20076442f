"""Lists of marks and results ask the database as often for many rooms and people as for one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from exams.models import Sitting
from exams.services.mark_grid import grids, of_late_publications, of_open_sessions, sittings_to_mark, with_papers
from kupasi import clock
from kupasi.people.models import User
from kupasi.people.tokens import make_token
from tests.builders import a_user, at, signed_in
from tests.exams.marking import a_published_exam, an_exam, everybody_came

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


@pytest.fixture(autouse=True)
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """After all the exams of these tests."""
    monkeypatch.setattr(clock, "now", lambda: at("2025-12-20T10:00"))


def rooms(marker: User, *days: str) -> None:
    """Two closed rooms a day, assigned to this marker."""
    for day in days:
        exam = an_exam(on=day)
        everybody_came(exam)
        for sitting in exam.sittings:
            sitting.markers.add(marker)


def questions(ask: Callable[[], object]) -> int:
    ask()  # the first call notes the device
    with CaptureQueriesContext(connection) as queries:
        ask()
    return len(queries)


def test_a_markers_list_of_many_rooms() -> None:
    marker = a_user("marker")
    client = signed_in(marker)
    rooms(marker, "2025-07-12")
    few = questions(lambda: client.get("/exams/marks/"))
    rooms(marker, "2025-08-16", "2025-09-13", "2025-10-18", "2025-11-15")
    assert questions(lambda: client.get("/exams/marks/")) == few
    assert len(client.get("/exams/marks/").context["ready"]) == 10


def test_the_grids_of_many_rooms_by_the_api() -> None:
    marker = a_user("marker")
    signed_in(marker)  # staff keys count only with a second factor
    headers = {"Authorization": f"Bearer {make_token(marker, at=clock.now())[0]}"}
    rooms(marker, "2025-07-12")
    few = questions(lambda: Client().get("/api/v1/marks/", headers=headers))
    rooms(marker, "2025-08-16", "2025-09-13")
    assert questions(lambda: Client().get("/api/v1/marks/", headers=headers)) == few
    assert Client().get("/api/v1/marks/", headers=headers).json()["count"] == 12


def test_published_results_by_the_api() -> None:
    auditor = a_user("auditor")
    signed_in(auditor)
    headers = {"Authorization": f"Bearer {make_token(auditor, at=clock.now())[0]}"}
    a_published_exam("80")
    few = questions(lambda: Client().get("/api/v1/results/", headers=headers))
    a_published_exam("80", "70", "55", on="2025-08-16")
    assert questions(lambda: Client().get("/api/v1/results/", headers=headers)) == few
    listed = Client().get("/api/v1/results/", headers=headers).json()["results"]
    assert [len(one["subjects"]) for one in listed] == [2, 2, 2, 2]


def test_rooms_without_papers_and_sessions_that_are_out_are_not_to_be_marked() -> None:
    exam, _ = a_published_exam("80")
    marker = exam.markers[0]
    rooms(marker, "2025-08-16")
    empty = an_exam(on="2025-09-13", people=0)
    Sitting.objects.get(pk=empty.sittings[0].pk).markers.add(marker)
    own = sittings_to_mark(marker)
    still = with_papers(of_open_sessions(own))
    assert {one.exam_session.exam_month.month for one in still} == {8}
    assert set(of_late_publications(own, on=date(2025, 8, 1))) == set(exam.sittings)
    assert not of_late_publications(own, on=date(2025, 12, 20))
    assert {key: len(rows) for key, rows in grids(still, marker=marker).items()} == dict.fromkeys(
        still.values_list("pk", flat=True), 2
    )
    page = signed_in(marker).get("/exams/marks/?over").content.decode()
    assert "近两个月没有公布过成绩的场次" in page
