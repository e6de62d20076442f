"""The eleven windows of 附件1 lived through, day by day, across the holidays of 2025 and 2026."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import chinese_calendar
import pytest

from exams.enums import Attendance
from exams.models import AdmissionTicket, ExamSession, Occupation, ResultFlag, Room, Seat, Site, Sitting
from exams.rules.calendar import notice_plan
from exams.services import deadlines as result_deadlines
from exams.services import tickets
from exams.services.arranging import seat_session
from exams.services.attendance import close_sitting, state_attendance
from exams.services.sittings import create_sitting
from kupasi.clock import SHANGHAI
from kupasi.errors import Refusal
from kupasi.people.models import User
from registration.enums import ApplicationStatus
from registration.models import Application
from registration.services import deadlines, money, review
from tests import builders

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]

WINDOWS = notice_plan()
SECOND = timedelta(seconds=1)
# The exam days of the year, one in each exam month: the worked days of the rules, a holiday's eve, a worked Sunday.
EXAM_DAYS = (
    date(2025, 3, 15), date(2025, 4, 26), date(2025, 5, 10), date(2025, 6, 7), date(2025, 7, 12), date(2025, 8, 16),
    date(2025, 9, 28), date(2025, 10, 11), date(2025, 11, 15), date(2025, 12, 20), date(2026, 1, 17),
)  # fmt: skip


def first_second(day: date) -> datetime:
    """Midnight at which a day begins in Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def last_second(day: date) -> datetime:
    """23:59:59 of a day in Shanghai."""
    return first_second(day + timedelta(days=1)) - SECOND


def apply_at(moment: datetime) -> Application:
    """Somebody who has filled everything in presses the button at this moment."""
    draft = builders.a_draft(when=moment.strftime("%Y-%m-%dT%H:%M:%S"))
    return builders.applications.submit(draft.pk, by=builders.act(draft.candidate.user, moment))


@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: f"{window.opens_on:%m-%d}")
def test_a_window_takes_its_first_and_its_last_second(window) -> None:
    for moment in (first_second(window.opens_on), last_second(window.closes_on)):
        application = apply_at(moment)
        assert application.status == ApplicationStatus.SUBMITTED
        assert application.exam_session is not None
        assert application.exam_session.exam_month == window.exam_month
        assert application.fee_total == 480


@pytest.mark.parametrize("earlier", range(len(WINDOWS) - 1), ids=lambda number: f"{WINDOWS[number].closes_on:%m-%d}")
def test_one_second_later_leads_to_the_next_month(earlier: int) -> None:
    late = apply_at(last_second(WINDOWS[earlier].closes_on) + SECOND)
    early = apply_at(first_second(WINDOWS[earlier + 1].opens_on) - SECOND)
    assert late.exam_session is not None
    assert early.exam_session is not None
    assert late.exam_session.exam_month == WINDOWS[earlier + 1].exam_month
    assert early.exam_session.exam_month == WINDOWS[earlier].exam_month


@pytest.mark.parametrize(
    ("moment", "opens_next"),
    [
        (first_second(WINDOWS[0].opens_on) - SECOND, WINDOWS[0].opens_on),
        (last_second(WINDOWS[-1].closes_on) + SECOND, None),
    ],
)
def test_one_second_outside_the_year_is_refused(moment: datetime, opens_next: date | None) -> None:
    with pytest.raises(Refusal) as refused:
        apply_at(moment)
    assert refused.value.code == "no_open_window"
    assert opens_next is None or f"{opens_next.month}" in refused.value.sentence


@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: f"{window.opens_on:%m-%d}")
def test_an_unpaid_place_lapses_after_the_last_second_and_not_in_it(window, clerk: User) -> None:
    application = apply_at(first_second(window.opens_on) + timedelta(hours=9))
    review.approve(application.pk, by=builders.act(clerk, first_second(window.opens_on) + timedelta(hours=15)))
    end = last_second(window.closes_on)
    assert application.pk not in deadlines.lapse_due(end)
    after = builders.act(when=end + SECOND)
    for key in deadlines.lapse_due(after.at):
        deadlines.lapse(key, by=after)
    application.refresh_from_db()
    assert application.status == ApplicationStatus.LAPSED


def workdays_after(day: date, count: int) -> date:
    """The oracle: counted one by one with the library's own question, nothing of the product in it."""
    while count:
        day += timedelta(days=1)
        count -= chinese_calendar.is_workday(day)
    return day


def three_days_before(day: date) -> date:
    """The oracle of the ticket day."""
    day -= timedelta(days=3)
    while not chinese_calendar.is_workday(day):
        day -= timedelta(days=1)
    return day


class Year:
    """One candidate in each session, seated for both subjects of its exam day; the clock then runs day by day."""

    def __init__(self, clerk: User, finance: User) -> None:
        self.clerk, self.finance, self.invigilator = clerk, finance, builders.a_user("invigilator")
        builders.a_user("publisher")
        site = Site.objects.create(name="示例考核点", address="示例路 1 号")
        self.room = Room.objects.create(site=site, name="第一考场", capacity=20)
        for window, exam_on in zip(WINDOWS, EXAM_DAYS, strict=True):
            self.prepare(first_second(window.opens_on) + timedelta(hours=10), exam_on)

    def prepare(self, moment: datetime, exam_on: date) -> None:
        """Apply, be approved, pay, hand in the form, be seated."""
        application = apply_at(moment)
        desk = builders.act(self.clerk, moment + timedelta(hours=1))
        review.approve(application.pk, by=desk)
        order = application.order
        money.record_payment(
            order.pk,
            amount=order.total,
            method="cash",
            reference=f"R{application.pk}",
            by=builders.act(self.finance, desk.at),
        )
        review.receive_original(application.pk, by=desk)
        session = ExamSession.objects.get(pk=application.exam_session_id)
        for subject, hour in zip(session.occupation.subjects.all(), (9, 14), strict=True):
            starts = first_second(exam_on) + timedelta(hours=hour)
            ends = starts + timedelta(hours=2)
            sitting = create_sitting(
                desk, exam_session=session, subject=subject, room=self.room, starts_at=starts, ends_at=ends
            )
            sitting.invigilators.add(self.invigilator)
        assert not seat_session(session.pk, by=desk).plan.left_over

    def sit(self, day: date) -> None:
        """Everybody of the day comes."""
        for sitting in Sitting.objects.filter(on=day):
            by = builders.act(self.invigilator, sitting.starts_at + timedelta(minutes=40))
            for seat in Seat.objects.filter(sitting=sitting):
                state_attendance(seat.pk, attendance=Attendance.PRESENT, by=by)
            close_sitting(sitting.pk, by=by)


def days() -> Iterator[date]:
    """Every day of the year's life, until the last result is overdue."""
    day = date(2025, 3, 1)
    while day <= date(2026, 3, 10):
        yield day
        day += timedelta(days=1)


def test_tickets_and_result_deadlines_fall_on_their_days(clerk: User, finance: User) -> None:
    year = Year(clerk, finance)
    made: dict[date, date] = {}
    soon: dict[date, date] = {}
    late: dict[date, date] = {}
    for day in days():
        morning = builders.act(when=first_second(day) + timedelta(hours=8))
        for key in tickets.due(day):
            tickets.issue(key, by=morning)
            made[Seat.objects.filter(entry=key).values_list("sitting__on", flat=True)[0]] = day
        year.sit(day)
        result_deadlines.flag_results(by=builders.act(when=first_second(day) + timedelta(hours=20)))
    for flag in ResultFlag.objects.select_related("exam_session"):
        exam_on = Sitting.objects.filter(exam_session=flag.exam_session).values_list("on", flat=True)[0]
        assert flag.due_soon_at is not None
        assert flag.overdue_at is not None
        soon[exam_on], late[exam_on] = flag.due_soon_at.date(), flag.overdue_at.astimezone(SHANGHAI).date()
        assert flag.due_on == workdays_after(exam_on, 20)
    assert made == {day: three_days_before(day) for day in EXAM_DAYS}
    assert late == {day: workdays_after(day, 20) + timedelta(days=1) for day in EXAM_DAYS}
    assert all(workdays_after(soon[day], 5) == workdays_after(day, 20) for day in EXAM_DAYS)
    assert AdmissionTicket.objects.count() == len(EXAM_DAYS)


@pytest.mark.parametrize(
    ("last_exam_on", "plain", "marking", "ticket_on"),
    [
        ("2025-03-15", "2025-04-14", "2025-04-27", "2025-03-12"),
        ("2025-04-26", "2025-05-27", "2025-06-11", "2025-04-23"),
        ("2025-09-28", "2025-10-31", "2025-11-14", "2025-09-25"),
        ("2025-12-20", "2026-01-19", "2026-02-02", "2025-12-17"),
        ("2026-01-17", "2026-02-13", "2026-03-05", "2026-01-14"),
    ],
)
def test_the_worked_dates_of_the_rules(last_exam_on: str, plain: str, marking: str, ticket_on: str, client) -> None:
    for involved, due in (("false", plain), ("true", marking)):
        query = {"last_exam_on": last_exam_on, "marking": involved}
        answer = client.get("/api/v1/rules/deadlines/", query).json()
        assert (answer["ticket_on"], answer["results_due_on"]) == (ticket_on, due)
        assert answer["provisional"] is False


def test_an_occupation_that_involves_marking_has_thirty_days(clerk: User, finance: User) -> None:
    Occupation.objects.filter(code="data-annotation").update(involves_marking=True)
    year = Year.__new__(Year)
    year.clerk, year.finance, year.invigilator = clerk, finance, builders.a_user("invigilator")
    year.room = Room.objects.create(
        site=Site.objects.create(name="示例考核点", address="示例路 1 号"), name="第一考场", capacity=20
    )
    year.prepare(first_second(date(2025, 1, 10)) + timedelta(hours=10), date(2025, 3, 15))
    year.sit(date(2025, 3, 15))
    result_deadlines.flag_results(by=builders.act(when="2025-04-28T08:00"))
    assert ResultFlag.objects.get().due_on == date(2025, 4, 27)
