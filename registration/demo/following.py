"""What comes after an institution's lists: one whose people have sat, one collected, one with tickets to confirm."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from exams.models import Entry, ExamSession, Room, Seat, Window
from exams.rules.calendar import ticket_day
from exams.services import tickets
from exams.services.arranging import move_seat
from exams.services.sittings import create_sitting
from kupasi.acts import Act
from kupasi.clock import SHANGHAI
from kupasi.dates import month_start
from registration.models import Roster
from registration.services.rosters import after

from .applying import moment
from .examining import Examining, third_saturday
from .rosters import Filing, Named

COLLECTED = Named("数据标注春季班（已领证）", {"数据标注一班": 3})
SAT = Named("一至三班（已出成绩）", {"模型运用一班": 5, "模型运用二班": 5, "数据标注三班": 4})
COMING = Named("数据标注强化班（准考证待确认）", {"数据标注强化一班": 4, "数据标注强化二班": 3})
TOGETHER = "机构申请本班集中安排在同一场。"
HOURS = ((time(9), time(10, 30)), (time(13, 30), time(15)))


class Following:
    """Files the lists in the windows of their sessions, and carries out what the sessions themselves do not."""

    def __init__(self, filing: Filing, *, now: datetime) -> None:
        self.filing, self.now = filing, now
        self.calendar = filing.applying.calendar
        self.coming: Roster | None = None
        self.collected: Roster | None = None

    def file(self) -> None:
        """The lists, before the sessions are lived through: two of finished ones, one of the session that is next."""
        finished = [one for one in self._windows() if self._is_finished(one.exam_month)]
        if len(finished) > 1:
            self.collected = self._list_of(finished[1], COLLECTED)
        if finished:
            self._list_of(finished[0], SAT)
        day = self._exam_day()
        window = Window.objects.public().filter(exam_month=month_start(day)).first() if day else None
        if window is not None and window.closes_on < self.now.date():
            self.coming = self._list_of(window, COMING)

    def _windows(self) -> list[Window]:
        """The closed ones, the latest exam month first."""
        return list(Window.objects.public().filter(closes_on__lt=self.now.date()).order_by("-exam_month"))

    def _is_finished(self, month: date) -> bool:
        """Whether the month's certificates were issued some days ago."""
        return moment(self.calendar.add_working_days(third_saturday(month), 15).on) <= self.now

    def _list_of(self, window: Window, named: Named) -> Roster:
        at = moment(window.opens_on + timedelta(days=3), 9)
        return self.filing.list_of(window, "paid", at, named=named)

    def _exam_day(self) -> date | None:
        """The next day of this month for which tickets are made by now."""
        days = (self.now.date() + timedelta(days=ahead) for ahead in (1, 2, 3))
        due = (day for day in days if ticket_day(day, self.calendar).on <= self.now.date())
        return next((day for day in due if day.month == self.now.month), None)

    def finish(self, examining: Examining) -> None:
        """After the sessions: the tickets of the coming list, and the certificates of the one that came for them."""
        if self.collected is not None:
            after.hand_over_all(self.collected, by=Act(self.filing.one("clerk"), self.now - timedelta(days=2)))
        if self.coming is None:
            return
        entries = Entry.objects.filter(application__roster_row__roster=self.coming)
        if not Seat.objects.filter(entry__in=entries, sitting__isnull=False).exists():
            session = ExamSession.objects.get(pk=entries[0].exam_session_id)
            examining.arrange(session, self.now - timedelta(days=1))
        tickets.issue_many(list(entries.values_list("pk", flat=True)), by=Act(None, self.now, job="issue-tickets"))

    def bring_together(self, session: ExamSession, by: Act) -> None:
        """When the session is seated: the coming list goes to sittings of its own, on the next day."""
        day = self._exam_day()
        entries = Entry.objects.filter(application__roster_row__roster=self.coming, exam_session=session)
        if self.coming is None or day is None or not entries.exists():
            return
        for subject, (starts, ends) in zip(session.occupation.subjects.order_by("order"), HOURS, strict=False):
            sitting = create_sitting(
                by, exam_session=session, subject=subject, room=self._room(),
                starts_at=datetime.combine(day, starts, tzinfo=SHANGHAI),
                ends_at=datetime.combine(day, ends, tzinfo=SHANGHAI),
            )  # fmt: skip
            sitting.invigilators.set(self.filing.book.users["invigilator"][:2])
            for seat in Seat.objects.filter(entry__in=entries, subject=subject):
                move_seat(seat.pk, sitting_id=sitting.pk, by=by, reason=TOGETHER)

    @staticmethod
    def _room() -> Room:
        """The spare room of the second site."""
        return Room.objects.filter(is_spare=True).order_by("-pk")[0]
