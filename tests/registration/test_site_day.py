"""The head of a site sees the whole day of it, and nothing of another site, day or person."""

from __future__ import annotations

import io
from datetime import date

import pikepdf
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from discipline.models import Case
from exams.enums import Attendance, DutyRole, Sheet
from exams.models import Duty, PrintRun, Room, Site, Sitting
from exams.rules.rooms import room_state
from exams.services import prints, room_papers
from exams.services.attendance import state_attendance
from exams.services.closing import Count, close_room
from exams.services.rooms import own_sittings, with_states
from exams.services.site_day import ask_sheets, head_day
from kupasi.errors import Refusal
from kupasi.people.models import User
from tests.builders import a_user, act, at, signed_in
from tests.discipline import making
from tests.exams.doors import moment
from tests.exams.marking import Exam, an_exam

pytestmark = pytest.mark.django_db
DAY = date(2025, 7, 12)


@pytest.fixture
def exam(notice: None, monkeypatch: pytest.MonkeyPatch) -> Exam:
    monkeypatch.setattr("kupasi.clock.now", lambda: at("2025-07-12T11:30"))
    return an_exam()


@pytest.fixture
def head(exam: Exam) -> User:
    return a_user("invigilator")


@pytest.fixture
def duty(exam: Exam, head: User) -> Duty:
    return Duty.objects.create(site=exam.sittings[0].room.site, on=DAY, user=head, role=DutyRole.HEAD)


def recorded_at(exam: Exam, *, place: int = 0) -> Case:
    """An incident of the morning, signed by both."""
    return making.recorded(exam.seats(exam.entries[place])[0], making.staff())


def page(user: User, duty: Duty) -> str:
    return signed_in(user).get(reverse("site-day", args=[duty.pk])).content.decode()


def test_every_room_with_who_came_and_what_was_collected(exam: Exam, duty: Duty) -> None:
    by = act(exam.invigilator, moment("09:31"))
    for entry, state in zip(exam.entries, (Attendance.LATE, Attendance.ABSENT), strict=True):
        state_attendance(exam.seats(entry)[0].pk, attendance=state, by=by)
    count = Count(moment("09:00"), moment("11:00"), 1)
    close_room(exam.sittings[0].pk, count, by=act(exam.invigilator, moment("11:05")))
    shown = head_day(duty, at=at("2025-07-12T11:30"))
    assert [number for _, number in shown.totals] == [4, 1, 1, 1, 2]
    assert [(one.line.is_closed, one.record.papers if one.record else None) for one in shown.rooms] == [
        (True, 1),
        (False, None),
    ]
    assert [one.invigilators for one in shown.rooms] == [(exam.invigilator,)] * 2


def test_the_page_lists_staff_spare_rooms_and_what_waits_to_be_confirmed(exam: Exam, head: User, duty: Duty) -> None:
    Room.objects.create(site=duty.site, name="备用一", capacity=20, is_spare=True)
    case = recorded_at(exam)
    shown = page(head, duty)
    assert all(text in shown for text in ("备用一，20 座：空着", head.name, "待您确认"))
    assert reverse("case", args=[case.pk]) in shown
    assert exam.entries[0].candidate.name not in shown


def test_board_head_and_invigilator_read_the_same_word_of_a_room(exam: Exam, head: User, duty: Duty) -> None:
    exam.sittings[0].invigilators.add(head)
    cache.clear()
    words = [
        state.label
        for _, state in with_states(own_sittings(exam.invigilator).order_by("starts_at"), at=at("2025-07-12T11:30"))
    ]
    assert words == ["登记中", "待考"]
    assert [one.line.state.label for one in head_day(duty, at=at("2025-07-12T11:30")).rooms] == words
    board = signed_in(a_user("clerk")).get(reverse("board-day")).content.decode()
    assert all(word in text for word in words for text in (board, page(head, duty)))
    assert "登记中" in signed_in(exam.invigilator).get("/exams/rooms/").content.decode()


@pytest.mark.parametrize(
    ("status", "facts", "word"),
    [
        ("planned", {"has_begun": False}, "待考"),
        ("planned", {"has_begun": True}, "登记中"),
        ("planned", {"has_begun": True, "waits": True}, "份数等第二人确认"),
        ("closed", {"has_begun": True}, "已结束登记"),
        ("closed", {"has_begun": True, "waits": True}, "份数等第二人确认"),
    ],
)
def test_the_word_follows_the_clock_the_first_entry_and_the_count(
    status: str, facts: dict[str, bool], word: str
) -> None:
    assert room_state(status, **facts).label == word


def test_doors_are_linked_only_where_the_head_watches(exam: Exam, head: User, duty: Duty) -> None:
    exam.sittings[1].invigilators.add(head)
    shown = page(head, duty)
    links = [reverse("room-door", args=[one.pk]) in shown for one in exam.sittings]
    assert links == [False, True]


def test_neither_another_head_nor_another_part_nor_another_site_s_cases(exam: Exam, head: User, duty: Duty) -> None:
    other, elsewhere = a_user("invigilator"), Site.objects.create(name="别处", address="上海市")
    theirs = Duty.objects.create(site=elsewhere, on=DAY, user=other, role=DutyRole.HEAD)
    helper = Duty.objects.create(site=duty.site, on=DAY, user=a_user("invigilator"), role=DutyRole.INVIGILATOR)
    browser = signed_in(head)
    refused = [browser.get(reverse("site-day", args=[one.pk])).status_code for one in (theirs, helper)]
    assert (refused, signed_in(helper.user).get(reverse("site-day", args=[helper.pk])).status_code) == ([404, 404], 404)
    recorded_at(exam)
    assert ("待您确认" in page(head, duty), "待您确认" in page(other, theirs)) == (True, False)


def test_the_own_page_is_found_from_the_rooms_and_the_list(exam: Exam, head: User, duty: Duty) -> None:
    link = reverse("site-day", args=[duty.pk])
    browser = signed_in(head)
    assert all(link in browser.get(reverse(name)).content.decode() for name in ("rooms", "site-days"))
    stranger = signed_in(a_user("invigilator"))
    assert "您没有担任过考核点负责人" in stranger.get(reverse("site-days")).content.decode()


def test_hand_over_sheets_hold_every_room_and_are_the_head_s_alone(exam: Exam, head: User, duty: Duty) -> None:
    browser = signed_in(head)
    browser.post(reverse("site-day-sheets", args=[duty.pk]))
    run = PrintRun.objects.get()
    prints.work(run.pk, by=act(when="2025-07-12T11:31"), now=lambda: at("2025-07-12T11:31"))
    answer = browser.get(reverse("site-day_export", args=[duty.pk, run.pk]))
    assert len(pikepdf.open(io.BytesIO(b"".join(answer.streaming_content))).pages) == 3
    assert run.sheets == [Sheet.PAPERS, Sheet.PIECES]
    assert signed_in(exam.invigilator).get(reverse("site-day_export", args=[duty.pk, run.pk])).status_code == 404


def test_a_head_s_sheet_names_the_people_of_rooms_that_they_do_not_watch(exam: Exam, head: User, duty: Duty) -> None:
    facts = [room_papers.gather(exam.sittings[0], user=one, photos=False) for one in (head, a_user("invigilator"))]
    assert [len(one.people) for one in facts] == [2, 0]


def test_nobody_asks_for_sheets_in_the_head_s_name(exam: Exam, duty: Duty) -> None:
    with pytest.raises(Refusal) as refused:
        ask_sheets(duty, by=act(exam.invigilator, moment("08:00")))
    assert (refused.value.code, PrintRun.objects.count()) == ("not_site_head", 0)


def asked(browser: Client, duty: Duty) -> int:
    cache.clear()
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(reverse("site-day", args=[duty.pk])).status_code == 200
    return len(seen)


def test_many_rooms_cost_as_many_questions_as_two(exam: Exam, head: User, duty: Duty) -> None:
    recorded_at(exam)
    browser = signed_in(head)
    few = min(asked(browser, duty) for _ in range(2))
    for number in range(4):
        sitting = Sitting.objects.get(pk=exam.sittings[number % 2].pk)
        sitting.pk, sitting.room = None, Room.objects.create(site=duty.site, name=f"第{number}考场", capacity=30)
        sitting.save(force_insert=True)
        sitting.invigilators.add(a_user("invigilator"))
    recorded_at(exam, place=1)
    assert (Case.objects.count(), asked(browser, duty)) == (2, few)
