"""The arranger's pages: the report before anything is done, and the drawn map."""

from __future__ import annotations

import pytest
import time_machine

from exams.models import Entry, Seat
from exams.services.arranging import look_over, preview_seating, seat_session
from exams.services.room_plans import Change, Layout, draw_plan, mark_places
from kupasi.clock import SHANGHAI
from kupasi.people.models import Institution, User
from tests.builders import act, at, signed_in

from .seating import Session, a_session, enrolled, seat_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
BY = act(when="2025-06-20T09:00")


@pytest.fixture
def session(notice: None) -> Session:
    """A room of 5 × 6 with an aisle, twelve people of two schools and one in need."""
    made = a_session()
    draw_plan(made.room.pk, layout=Layout(rows=6, columns=6, aisles=(3,)), by=BY)
    mark_places(made.room.pk, numbers={1, 2}, change=Change(is_accessible=True), by=BY)
    schools = [
        Institution.objects.create(name=f"样例学校{one}", credit_code=f"9131000{one}MA1FL0000N"[:18]) for one in (1, 2)
    ]
    for number in range(12):
        entry = enrolled(made, needs="轮椅" if number == 0 else "")
        Entry.objects.filter(pk=entry.pk).update(institution=schools[number % 4 > 0])
    return made


def test_the_plan_keeps_schools_apart_and_the_report_says_so(session: Session) -> None:
    preview = preview_seating(session.row.pk, at=BY.at)
    report = look_over(session.row.pk, preview, at=BY.at)
    assert report.adjacent_before > report.adjacent_after == 0
    assert report.needs_unmet == 0
    seat_session(session.row.pk, by=BY, digest=preview.digest)
    assert set(Seat.objects.filter(entry__needs="轮椅").values_list("number", flat=True)) <= {1, 2}


def test_the_dry_run_shows_report_and_map_and_writes_no_seat(session: Session, clerk: User) -> None:
    desk, path = signed_in(clerk), f"/admin/exams/sitting/seating/{session.row.pk}/"
    with time_machine.travel(at("2025-06-20T09:00"), tick=False):
        page = desk.get(path, {"sitting": session.sittings[0].pk}).content.decode()
    assert "预演座次图" in page
    assert page.count("样例学校") == 12
    assert "同机构相邻</span>" not in page
    assert not Seat.objects.filter(sitting__isnull=False).exists()


def test_the_map_of_a_sitting_shows_who_sits_where_and_what_is_blocked(session: Session, clerk: User) -> None:
    seat_all(session)
    mark_places(session.room.pk, numbers={30}, change=Change(blocked_why="电源故障"), by=BY)
    page = signed_in(clerk).get(f"/admin/exams/sitting/{session.sittings[0].pk}/map/").content.decode()
    assert "停用：电源故障" in page
    assert all(one.candidate.name in page for one in Entry.objects.select_related("candidate"))


def test_the_number_of_questions_does_not_grow_with_the_people(
    session: Session, clerk: User, django_assert_max_num_queries: object
) -> None:
    desk, path = signed_in(clerk), f"/admin/exams/sitting/seating/{session.row.pk}/"
    with time_machine.travel(at("2025-06-20T09:00"), tick=False):
        desk.get(path)
        with django_assert_max_num_queries(45):  # type: ignore[operator]  # pytest-django's own
            desk.get(path, {"sitting": session.sittings[0].pk})


def test_a_lost_room_is_chosen_by_day_hour_and_room(session: Session, clerk: User) -> None:
    with time_machine.travel(at("2025-06-20T09:00"), tick=False):
        page = signed_in(clerk).get(f"/admin/exams/sitting/seating/{session.row.pk}/repair/").content.decode()
    first = session.sittings[0]
    assert f"{first.starts_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}–" in page
    assert page.count("已排 0 人") == len(session.sittings)
