"""Deadlines by role with the calendar they were counted by; counted again when a year becomes known (C5, M5)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from discipline.models import Case
from discipline.services import complaints
from exams.enums import DayKind
from exams.models import Mark, Recheck, ResultFlag, Seat, Sitting, WorkdayYear
from exams.rules.forecast import Outlook
from exams.services.rechecks import ask_recheck
from exams.services.workdays import DayRow, enter_year
from kupasi.audit.models import Entry as AuditEntry
from kupasi.notices.models import Notice
from kupasi.people.models import User
from registration.services import deadline_board, recounting
from tests.builders import a_user, act, at, signed_in
from tests.certificates.made import waiting
from tests.discipline import making
from tests.exams.marking import an_exam, everybody_came, marked
from tests.exams.seating import a_session, enrolled, seat_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
ON = date(2025, 7, 15)


def lines(user: User, label: str, *, on: date = ON) -> list[deadline_board.Line]:
    return next(group.lines for group in deadline_board.board(user, on=on) if group.label == label)


def known(year: int = 2027) -> None:
    """The year's arrangement: the Monday after a rest day is off too, so that days move."""
    days = [DayRow(date(year, 1, 1), DayKind.OFF, "元旦"), DayRow(date(year, 1, 4), DayKind.OFF, "元旦")]
    enter_year(year, document_no="国办发明电", days=days, by=act(when="2026-11-27T09:00"))


def test_ticket_days_say_for_how_many_and_by_which_calendar() -> None:
    session = a_session()
    enrolled(session)
    seat_all(session)
    (line,) = lines(a_user("clerk"), "准考证", on=date(2025, 7, 8))
    assert (str(line.due_on), line.left, line.state) == ("2025-07-09", 1, "soon")
    assert "待制 1 / 1 人" in line.what
    assert (line.is_provisional, line.calendar_words) == (False, "按已公布的放假安排")
    assert [one.state for one in lines(a_user("clerk"), "准考证", on=date(2025, 7, 11))] == ["late"]


def test_results_are_foretold_by_the_pace_of_the_marks() -> None:
    exam = an_exam(people=2)
    everybody_came(exam)
    supervisor, day = a_user("supervisor"), date(2025, 7, 16)
    for seat in exam.seats(exam.entries[0]):
        marked(exam, seat, "80", "80", when=at("2025-07-14T09:00"))
    (line,) = lines(supervisor, "成绩公布", on=day)
    assert (line.count, str(line.due_on), line.ahead.outlook) == (2, "2025-08-08", Outlook.IN_TIME)
    (line,) = lines(supervisor, "成绩公布", on=date(2025, 8, 8))
    assert (line.ahead.outlook, line.is_foretold_late) == (Outlook.LATE, True)
    for seat in exam.seats(exam.entries[1]):
        marked(exam, seat, "80", "80", when=at("2025-07-14T09:00"))
    (line,) = lines(supervisor, "成绩公布", on=day)
    assert (line.ahead.outlook, line.is_foretold_late) == (Outlook.DONE, False)


def test_results_of_exams_ahead_are_listed_before_any_flag() -> None:
    an_exam(on="2025-08-16", people=1)
    an_exam(people=1)
    near, far = lines(a_user("supervisor"), "成绩公布")
    assert (ResultFlag.objects.count(), str(near.due_on), str(far.due_on)) == (0, "2025-08-08", "2025-09-12")
    assert (far.ahead, far.state, "尚未考完" in far.what, "尚未考完" in near.what) == (None, "open", True, False)


def test_of_two_exam_days_the_first_to_finish_binds_the_results() -> None:
    exam = an_exam(on="2025-07-19", people=2)
    first = Sitting.objects.filter(pk=exam.sittings[0].pk)
    first.update(on=date(2025, 7, 12))
    (line,) = lines(a_user("supervisor"), "成绩公布")
    assert str(line.due_on) == "2025-08-15"  # both sit their last subject on the 19th
    Seat.objects.filter(entry=exam.entries[0], sitting=exam.sittings[1]).delete()
    (line,) = lines(a_user("supervisor"), "成绩公布")
    assert str(line.due_on) == "2025-08-08"


def test_a_due_day_follows_a_year_that_becomes_known_without_any_job() -> None:
    WorkdayYear.objects.filter(year=2027).delete()
    an_exam(on="2026-12-19", people=1)
    supervisor = a_user("supervisor")
    (before,) = lines(supervisor, "成绩公布", on=date(2026, 12, 21))
    known()
    (after,) = lines(supervisor, "成绩公布", on=date(2026, 12, 21))
    assert (before.is_provisional, after.is_provisional, after.due_on > before.due_on) == (True, False, True)


def test_whoever_sees_a_line_may_open_it() -> None:
    an_exam(people=1)
    for role in ("supervisor", "publisher"):
        user = a_user(role)
        (line,) = lines(user, "成绩公布")
        assert signed_in(user).get(line.url).status_code == 200


def test_each_role_sees_its_own_deadlines() -> None:
    shown = {role: {group.label for group in deadline_board.board(a_user(role), on=ON)} for role in
             ("clerk", "finance", "supervisor", "marker", "publisher")}  # fmt: skip
    assert "成绩公布" in shown["publisher"]
    assert "违纪处理" in shown["supervisor"]
    assert "违纪处理" not in shown["finance"]
    assert ("投诉举报" in shown["clerk"], "投诉举报" in shown["supervisor"]) == (True, False)
    assert shown["marker"] == set()


def test_the_page_is_there_for_every_role_of_the_office(clerk: User) -> None:
    assert signed_in(clerk).get("/board/deadlines/").status_code == 200
    assert "没有与您的岗位有关的期限" in signed_in(a_user("marker")).get("/board/deadlines/").content.decode()


def test_many_sessions_cost_as_many_queries_as_one() -> None:
    supervisor = User.objects.get(pk=a_user("supervisor").pk)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            deadline_board.board(supervisor, on=ON)
        return len(queries)

    def exams(*days: str) -> None:
        for day in days:
            exam = an_exam(on=day, people=1)
            Sitting.objects.filter(pk=exam.sittings[0].pk).update(on=exam.sittings[0].on - timedelta(days=1))

    exams("2025-07-12", "2025-09-13")
    asked()
    few = asked()
    exams("2025-05-10", "2025-06-14", "2025-10-18", "2025-11-15")
    assert (asked(), len(lines(supervisor, "成绩公布"))) == (few, 6)


def recounted() -> None:
    for kind, key in recounting.due():
        recounting.recount(kind, key, by=act(when="2026-11-28T09:00", job="recount-deadlines"))


def test_a_complaint_over_the_new_year_is_counted_again_once() -> None:
    WorkdayYear.objects.filter(year=2027).delete()
    row, _ = complaints.receive(act(when="2026-12-20T09:00"), text="看到有人使用手机。")
    assert row.is_provisional
    assert recounting.due() == []
    known()
    before = row.due_on
    recounted()
    recounted()
    row.refresh_from_db()
    assert (row.is_provisional, row.due_on > before) == (False, True)
    assert AuditEntry.objects.filter(action="deadline.recounted").count() == 1


def test_who_is_heard_gets_the_longer_days_and_a_letter_never_fewer() -> None:
    case = making.told(waiting("80", "85")[0].candidate, making.staff())
    case.letters.update(served_on=date(2026, 12, 30))
    for until, told in ((date(2027, 1, 7), 1), (date(2027, 2, 1), 0)):
        Notice.objects.all().delete()
        Case.objects.filter(pk=case.pk).update(hearing_until=until, hearing_is_provisional=True)
        known()
        recounted()
        case.refresh_from_db()
        assert (case.hearing_until >= until, case.hearing_is_provisional) == (True, False)
        assert Notice.objects.filter(subject="陈述申辩的截止日已重新计算").count() == told


def test_a_recheck_follows_the_calendar_and_its_asker_is_told() -> None:
    mine = waiting("80", "85")[0]
    mark = Mark.objects.published().filter(seat__entry=mine.entry_id).first()
    row = ask_recheck(mark.pk, points=["sum"], by=act(mine.candidate.user, "2025-07-16T09:00"))
    Recheck.objects.filter(pk=row.pk).update(asked_at=at("2026-12-25T09:00"), is_provisional=True, due_on="2027-01-08")
    known()
    recounted()
    row.refresh_from_db()
    assert (row.is_provisional, str(row.due_on)) == (False, "2027-01-12")
    assert Notice.objects.filter(subject="成绩复核的答复期限已重新计算", candidate=mine.candidate).count() == 1
