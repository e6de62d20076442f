"""Results: due on the worked dates, flagged on the right day, recomputed when a year becomes known."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.management import call_command

from exams.enums import DayKind
from exams.models import Occupation, ResultFlag
from exams.services import deadlines
from exams.services.calendar import work_calendar
from exams.services.workdays import DayRow, enter_year
from kupasi.acts import Act
from kupasi.notices.enums import Channel
from kupasi.notices.models import Notice
from tests.builders import a_user, act, at
from tests.exams.marking import Exam, a_published_exam, an_exam, everybody_came

pytestmark = pytest.mark.django_db


def on(day: str) -> Act:
    return act(when=f"{day}T08:00", job="flag_results")


def sat(day: str) -> Exam:
    exam = an_exam(on=day)
    everybody_came(exam)
    return exam


@pytest.mark.parametrize(
    ("exam_on", "plain", "marking"),
    [
        ("2025-03-15", "2025-04-14", "2025-04-27"),
        ("2025-04-26", "2025-05-27", "2025-06-11"),
        ("2025-09-28", "2025-10-31", "2025-11-14"),
        ("2025-12-20", "2026-01-19", "2026-02-02"),
        ("2026-01-17", "2026-02-13", "2026-03-05"),
    ],
)
def test_results_are_due_on_the_worked_dates(notice: None, exam_on: str, plain: str, marking: str) -> None:
    occupation, day = Occupation.objects.all()[0], date.fromisoformat(exam_on)
    assert deadlines.due_on(day, occupation, work_calendar()) == (date.fromisoformat(plain), False)
    occupation.involves_marking = True
    assert deadlines.due_on(day, occupation, work_calendar()) == (date.fromisoformat(marking), False)


@pytest.mark.parametrize(
    ("exam_on", "due", "soon"),
    [
        ("2025-09-28", "2025-10-31", "2025-10-24"),  # across the October holidays
        ("2026-01-17", "2026-02-13", "2026-02-06"),  # the working Saturday 02-14 lies behind it
        ("2025-12-20", "2026-01-19", "2026-01-12"),  # across the year
    ],
)
def test_a_flag_is_raised_on_its_day_and_no_earlier(notice: None, exam_on: str, due: str, soon: str) -> None:
    sat(exam_on)
    before = date.fromisoformat(soon) - timedelta(days=1)
    after = date.fromisoformat(due) + timedelta(days=1)
    states = []
    for day in (before.isoformat(), soon, due, after.isoformat()):
        report = deadlines.flag_results(by=on(day))
        states.append((report.due_soon, report.overdue))
    assert states == [(0, 0), (1, 0), (0, 0), (0, 1)]
    flag = ResultFlag.objects.get()
    assert (flag.due_on, flag.due_soon_at, flag.overdue_at) == (
        date.fromisoformat(due),
        at(f"{soon}T08:00"),
        at(f"{after}T08:00"),
    )


def test_publishers_and_supervisors_are_told_once_per_state(notice: None) -> None:
    people = [a_user("publisher"), a_user("supervisor")]
    a_user("marker")
    sat("2025-07-12")
    for day in ("2025-08-04", "2025-08-05", "2025-08-11", "2025-08-12"):
        deadlines.flag_results(by=on(day))
    told = Notice.objects.filter(kind="results_flag", channel=Channel.IN_APP)
    assert sorted(told.values_list("user", flat=True)) == sorted([one.pk for one in people] * 2)


def test_a_late_run_catches_up(notice: None) -> None:
    sat("2025-07-12")
    deadlines.flag_results(by=on("2025-12-01"))
    assert ResultFlag.objects.get().overdue_at == at("2025-12-01T08:00")


def test_published_sessions_are_not_flagged(notice: None) -> None:
    a_published_exam("80")
    assert deadlines.flag_results(by=on("2025-12-01")).looked_at == 0


def test_an_unknown_year_is_provisional_and_recomputed_when_it_is_known(notice: None) -> None:
    sat("2026-12-12")
    deadlines.flag_results(by=on("2026-12-13"))
    flag = ResultFlag.objects.get()
    assert (flag.due_on, flag.is_provisional) == (date(2027, 1, 11), True)  # weekends and 01-01 only
    days = [DayRow(date(2027, 1, 1), DayKind.OFF, "元旦"), DayRow(date(2027, 1, 4), DayKind.OFF, "元旦")]
    enter_year(2027, document_no="样例〔2026〕1 号", days=days, by=on("2026-12-14"))
    deadlines.flag_results(by=on("2026-12-14"))
    flag.refresh_from_db()
    assert (flag.due_on, flag.is_provisional) == (date(2027, 1, 12), False)


def test_a_calendar_that_moves_the_day_takes_the_state_back(notice: None) -> None:
    sat("2026-12-12")
    deadlines.flag_results(by=on("2027-01-13"))
    assert ResultFlag.objects.get().overdue_at is not None
    off = [DayRow(date(2027, 1, day), DayKind.OFF) for day in (1, 4, 5, 6)]
    enter_year(2027, document_no="样例〔2026〕1 号", days=off, by=on("2027-01-13"))
    deadlines.flag_results(by=on("2027-01-13"))
    flag = ResultFlag.objects.get()
    assert (flag.due_on, flag.overdue_at) == (date(2027, 1, 14), None)


def test_the_promise_counts_working_days(notice: None) -> None:
    exam = sat("2025-09-28")
    promise = deadlines.promise_of(exam.entries[0], on=date(2025, 10, 24))
    assert promise is not None
    assert (promise.due_on, promise.days_left, promise.state, promise.is_provisional) == (
        date(2025, 10, 31),
        5,
        "due_soon",
        False,
    )


def test_the_command_says_what_it_did(notice: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("flag_results")
    assert "检查 0 个场次" in capsys.readouterr().out


def test_a_dry_run_tells_and_flags_nothing(notice: None, capsys: pytest.CaptureFixture[str]) -> None:
    exam = sat("2025-03-15")
    assert exam.session.pk
    call_command("flag_results", "--dry-run")
    assert "新增逾期 1" in capsys.readouterr().out
    assert (ResultFlag.objects.count(), Notice.objects.filter(kind="results_flag").count()) == (0, 0)
