"""Exam days at hand: one that has just begun, one in two days with tickets that nobody has confirmed yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from exams.enums import DutyRole
from exams.models import Entry, ExamSession, Occupation, Room, Seat, Sitting, Window
from exams.services import tickets
from exams.services.arranging import move_seat
from exams.services.repairs import preview_repair, repair_session
from exams.services.sittings import create_sitting
from exams.services.staffing import assign_duty
from kupasi.acts import Act
from kupasi.dates import month_start

from .applying import Applying, moment
from .examining import Examining, third_saturday

PEOPLE = 5
LESSON, PAUSE = timedelta(minutes=60), timedelta(minutes=15)
EARLIEST, LATEST = 7, 20  # hours at which a demonstration that is opened may have an exam just beginning
EXTRA = "本单位安排的加场。"


@dataclass(frozen=True, slots=True)
class Extra:
    """An exam day beside the session's own: its people and its two sittings, one after the other."""

    session: ExamSession
    people: tuple[int, ...]  # candidates
    starts: tuple[datetime, datetime]


class Coming:
    """People of a closed window, seated in the spare room on a day at hand, with tickets; doors can be tried."""

    def __init__(self, applying: Applying, examining: Examining) -> None:
        self.applying, self.examining = applying, examining
        self.now = applying.now

    def live(self) -> None:
        """Today at a believable hour, and the day after tomorrow; never beside the session's own day."""
        today = self.now.date()
        if EARLIEST <= self.now.hour < LATEST:
            soon = self.now.replace(second=0, microsecond=0) + timedelta(minutes=15 - self.now.minute % 5)
            self._day(today, (soon, soon + LESSON + PAUSE))
        later = today + timedelta(days=2)
        self._day(later, (moment(later, 9), moment(later, 13)))

    def _day(self, on: date, starts: tuple[datetime, datetime]) -> None:
        month = month_start(on)
        window = Window.objects.public().filter(exam_month=month, closes_on__lt=self.now.date()).first()
        occupation = Occupation.objects.public().first()
        own_day = third_saturday(month)
        if window is None or occupation is None or abs((own_day - on).days) <= 2:
            return
        people = tuple(self.applying.live(window, "confirmed", occupation).pk for _ in range(PEOPLE))
        session = ExamSession.objects.get(exam_month=month, occupation=occupation)
        self._seat(Extra(session, people, starts))

    def _seat(self, extra: Extra) -> None:
        """Arranged with the session, or added to it where it was; then all in the two sittings, with tickets."""
        by = Act(self.examining.book.users["clerk"][0], self.now)
        if not extra.session.sittings.exists():
            self.examining.arrange(extra.session, self.now - timedelta(days=1))
        made = self._sittings(extra, by=by)
        digest = preview_repair(extra.session.pk, at=by.at).digest
        repair_session(extra.session.pk, by=by, digest=digest, reason=EXTRA)
        entries = Entry.objects.filter(exam_session=extra.session, candidate__in=extra.people)
        for sitting in made:
            for seat in Seat.objects.filter(entry__in=entries, subject=sitting.subject_id):
                move_seat(seat.pk, sitting_id=sitting.pk, by=by, reason=EXTRA)
        tickets.issue_many(list(entries.values_list("pk", flat=True)), by=Act(None, self.now, job="issue-tickets"))

    def _sittings(self, extra: Extra, *, by: Act) -> Sequence[Sitting]:
        room = Room.objects.filter(is_spare=True).order_by("pk")[0]
        head = self.examining.head(extra.session)
        made = []
        for subject, starts in zip(extra.session.occupation.subjects.order_by("order"), extra.starts, strict=False):
            sitting = create_sitting(
                by, exam_session=extra.session, subject=subject, room=room, starts_at=starts, ends_at=starts + LESSON
            )
            sitting.invigilators.set([*self.examining.book.users["invigilator"][:2], head])
            sitting.markers.set(self.examining.book.users["marker"])
            made.append(sitting)
        assign_duty(by, site=room.site, on=made[0].on, user=head, role=DutyRole.HEAD)
        return made
