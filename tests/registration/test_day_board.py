"""The office's day: what is due today and tomorrow; as many queries at many sessions as at one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exams.models import ExamSession, Occupation, Seat, Sitting
from exams.services import day_board, packets, tickets
from exams.services.arranging import unseat
from exams.services.attendance import state_attendance
from kupasi.people.models import User
from tests.builders import a_user, act, at, signed_in
from tests.exams.marking import an_exam, everybody_came
from tests.exams.seating import DAY, TICKET_DAY, a_session, enrolled, seat_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> Any:
    def set_day(text: str) -> None:
        monkeypatch.setattr("kupasi.clock.now", lambda: at(f"{text}T08:00"))

    set_day("2025-07-09")
    return set_day


def test_each_session_says_whom_it_waits_for() -> None:
    session = a_session()
    one = enrolled(session, photo=True)
    seat_all(session)
    enrolled(session)
    enrolled(session, papers=False)
    early, due = (next(iter(day_board.sessions(date(2025, 7, day)))) for day in (8, 9))
    assert (early.to_arrange, early.without_original, early.tickets_today, early.tickets_tomorrow) == (1, 1, 0, 1)
    assert (due.tickets_today, due.tickets_tomorrow, due.unconfirmed) == (1, 0, 0)
    tickets.issue(one.pk, by=act(when="2025-07-09T09:00"))
    made = next(iter(day_board.sessions(TICKET_DAY)))
    assert (made.tickets_today, made.unconfirmed, made.taken, made.capacity) == (0, 1, 2, 60)


def test_a_site_says_who_came_whether_rooms_are_closed_and_where_the_packet_is(clerk: User) -> None:
    session = a_session()
    one = enrolled(session, photo=True)
    seat_all(session)
    tickets.issue(one.pk, by=act(when="2025-07-09T09:00"))
    day = date.fromisoformat(DAY)
    (site,) = day_board.site_days([day], at=at("2025-07-12T08:00"))
    assert (len(site.rooms), site.open_rooms, site.packet_words, site.unconfirmed) == (2, 2, "未打包", 1)
    packet = packets.make_packet(site.site.pk, on=day, by=act(clerk, "2025-07-10T09:00"))
    packets.deposit(packet.pk, by=act(clerk, "2025-07-11T09:00"), received_by="王")
    room = a_user("invigilator")
    seat = Seat.objects.order_by("sitting__starts_at").first()
    seat.sitting.invigilators.add(room)
    state_attendance(seat.pk, attendance="absent", by=act(room, f"{DAY}T09:40"))
    (site,) = day_board.site_days([day], at=at("2025-07-12T08:00"))
    assert (site.packet_words, site.rooms[0].absent, site.rooms[0].unstated) == ("已送达", 1, 0)
    assert day_board.attendance(day) == []


def test_the_chart_adds_up_closed_rooms_and_never_asks_a_seat() -> None:
    exam, early = an_exam(people=3), an_exam(on="2025-07-05", people=1, occupation="model-application")
    everybody_came(exam, absent=(1,))
    everybody_came(early)
    with CaptureQueriesContext(connection) as seen:
        shown = day_board.attendance(date(2025, 7, 12))
    assert shown == [(date(2025, 7, 5), 2, 0), (date(2025, 7, 12), 4, 2)]
    assert [Seat._meta.db_table in one["sql"] for one in seen] == [False]


@pytest.mark.parametrize(("change", "is_old"), [("nothing", False), ("moved", True), ("left", True)])
def test_a_packet_that_no_longer_holds_the_day_s_tickets_is_said_to_be_old(
    clerk: User, change: str, is_old: bool
) -> None:
    session = a_session()
    first, second = enrolled(session, photo=True), enrolled(session, photo=True)
    seat_all(session)
    for one in (first, second):
        tickets.issue(one.pk, by=act(when="2025-07-09T09:00"))
    day, by = date.fromisoformat(DAY), act(clerk, "2025-07-10T09:00")
    packet = packets.make_packet(Sitting.objects.first().room.site_id, on=day, by=by)
    packets.deposit(packet.pk, by=by, received_by="王")
    if change == "moved":
        Seat.objects.filter(entry=first).update(number=9)
        tickets.issue(first.pk, by=act(when="2025-07-10T10:00"))
    if change == "left":
        unseat(first.pk, by=act(clerk, "2025-07-10T10:00"), reason="本人退出")
    (site,) = day_board.site_days([day], at=at("2025-07-12T08:00"))
    assert (site.packet_is_old, "重新打包" in site.packet_words) == (is_old, is_old)


def test_the_board_is_for_those_who_arrange_and_shows_charts_as_tables(today: Any, clerk: User) -> None:
    session = a_session()
    enrolled(session)
    page = signed_in(clerk).get("/board/").content.decode()
    assert page.count("data-chart") == 2
    assert f"/admin/exams/sitting/seating/{session.row.pk}/" in page
    assert signed_in(a_user("finance")).get("/board/").status_code == 403
    today(DAY)
    assert "示例考核点" in signed_in(clerk).get("/board/").content.decode()


def queries(browser: Any) -> int:
    cache.clear()
    with CaptureQueriesContext(connection) as seen:
        assert browser.get("/board/").status_code == 200
    return len(seen)


def test_many_sessions_cost_as_many_queries_as_one(today: Any, clerk: User) -> None:
    browser, session = signed_in(clerk), a_session()
    enrolled(session)
    seat_all(session)
    few = min(queries(browser) for _ in range(2))
    for number in range(12):
        month = date(2025, 8 + number % 5, 1) if number < 5 else date(2026, number - 4, 1)
        ExamSession.objects.get_or_create(occupation=Occupation.objects.first(), exam_month=month)
        other = a_session(on=f"2025-07-{10 + number % 2:02}", room=f"考场{number}", occupation="model-application")
        enrolled(other)
        seat_all(other)
    assert Sitting.objects.count() == 26
    assert queries(browser) == few
