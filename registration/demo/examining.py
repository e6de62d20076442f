"""Sessions of the demonstration: seats, tickets, the exam day, marks, results, certificates, up to the present."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from random import Random

from certificates.models import Certificate
from certificates.services import due_ids, hand_over, issue, list_up, open_certificates, propose
from exams.enums import Attendance, DutyRole, RecheckPoint
from exams.models import AdmissionTicket, Entry, ExamSession, Mark, Recheck, Room, Seat, Sitting
from exams.rules.calendar import ticket_day
from exams.services import tickets
from exams.services.arranging import seat_session
from exams.services.attendance import state_attendance
from exams.services.batches import preview
from exams.services.calendar import work_calendar
from exams.services.closing import Count, close_room, count_present
from exams.services.marks import ABSENT, enter_mark
from exams.services.packets import deposit, make_packet
from exams.services.rechecks import ask_recheck, uphold
from exams.services.releases import approve, publish_approved
from exams.services.seeds import commit_seed, reveal_seed
from exams.services.sittings import create_sitting
from exams.services.staffing import assign_duty
from exams.services.ticket_answers import confirm
from kupasi.acts import Act
from kupasi.approvals.services import approve as approve_proposal
from kupasi.clock import SHANGHAI
from kupasi.people.models import User

from .accounts import Book

TIMES = {"theory": (time(9, 0), time(10, 30)), "practical": (time(13, 30), time(15, 30))}

AFTER_THE_FIRST = timedelta(minutes=135)


class Examining:
    """Lives one session through, in order, and stops at the present moment."""

    def __init__(
        self, now: datetime, *, random: Random, book: Book, rooms: list[Room], tell: Callable[[], None]
    ) -> None:
        self.now, self.random, self.book, self.rooms, self.tell = now, random, book, rooms, tell
        self.calendar = work_calendar()
        self.when_seated: list[Callable[[ExamSession, Act], None]] = []

    def live(self, session: ExamSession) -> None:
        """Everything that has come to pass for a session."""
        exam_on = third_saturday(session.exam_month)
        arranged = self.moment(exam_on - timedelta(days=13), 10)
        tickets = self.moment(ticket_day(exam_on, self.calendar).on, 8)
        steps: list[tuple[datetime, Callable[[ExamSession, datetime], None]]] = [
            (self.moment(session.exam_month - timedelta(days=45), 8), self.commit_seed),
            (arranged, self.arrange),
            (tickets, self.make_tickets),
            (tickets + timedelta(hours=30), self.confirm),
            (self.moment(exam_on - timedelta(days=1), 14), self.deposit),
            (self.moment(exam_on, 9), self.reveal_seed),
            (self.moment(exam_on, 9), self.attend),
            (self.moment(exam_on + timedelta(days=4), 10), self.mark),
            (self.moment(self.calendar.add_working_days(exam_on, 12).on, 15), self.publish),
            (self.moment(self.calendar.add_working_days(exam_on, 14).on, 10), self.certify),
            (self.moment(self.calendar.add_working_days(exam_on, 19).on, 10), self.ask_recheck),
            (self.moment(self.calendar.add_working_days(exam_on, 20).on, 10), self.hand_over),
            (self.moment(self.calendar.add_working_days(exam_on, 27).on, 10), self.answer_recheck),
        ]
        for at, step in steps:
            if at <= self.now:
                step(session, at)
                self.tell()

    def commit_seed(self, session: ExamSession, at: datetime) -> None:
        """Before the window closes, as the sweep does."""
        commit_seed(session.pk, by=Act(None, at, job="tend-seeds"))

    def reveal_seed(self, session: ExamSession, at: datetime) -> None:
        """When the first sitting begins."""
        reveal_seed(session.pk, by=Act(None, at, job="tend-seeds"))

    def arrange(self, session: ExamSession, at: datetime) -> None:
        """Theory in the morning, the practical part in the afternoon, two rooms a session; the second occupation later,
        so that the same two invigilators are nowhere twice at once."""
        by = Act(self.book.users["clerk"][0], at)
        pair = self.rooms[:2] if session.occupation.order % 2 else self.rooms[2:]
        later = timedelta() if session.occupation.order % 2 else AFTER_THE_FIRST
        exam_on = third_saturday(session.exam_month)
        for subject in session.occupation.subjects.all():
            times = TIMES.get(subject.code, TIMES["theory"])
            starts, ends = (datetime.combine(exam_on, one, tzinfo=SHANGHAI) + later for one in times)
            for number, room in enumerate(pair):
                sitting = create_sitting(
                    by,
                    exam_session=session,
                    subject=subject,
                    room=room,
                    starts_at=starts,
                    ends_at=ends,
                )
                sitting.invigilators.set(self.on_duty(session, number))
                sitting.markers.set(self.book.users["marker"])
        assign_duty(by, site=pair[0].site, on=exam_on, user=self.head(session), role=DutyRole.HEAD)
        seat_session(session.pk, by=by)
        for follow in self.when_seated:
            follow(session, by)

    def make_tickets(self, session: ExamSession, at: datetime) -> None:
        """The sweep of the ticket day."""
        by = Act(None, at, job="issue-tickets")
        for room in tickets.chunks(by.on):
            tickets.issue_many(room, by=by)

    def confirm(self, session: ExamSession, at: datetime) -> None:
        """Most people confirm; some forget, and stand on the call list."""
        rows = AdmissionTicket.objects.filter(entry__exam_session=session).select_related("entry__candidate__user")
        clerk = self.book.users["institution_clerk"][0]
        for ticket in rows.filter(entry__seats__sitting__on__lte=third_saturday(session.exam_month)).distinct():
            of_institution = ticket.entry.institution_id is not None
            if of_institution or self.random.random() < 0.85:
                confirm(ticket.pk, by=Act(clerk if of_institution else ticket.entry.candidate.user, at))

    def deposit(self, session: ExamSession, at: datetime) -> None:
        """One packet a site and day, handed to the site the day before."""
        by = Act(self.book.users["clerk"][1], at)
        exam_on = third_saturday(session.exam_month)
        printed = AdmissionTicket.objects.filter(entry__exam_session=session)
        for site_id in printed.values_list("entry__seats__sitting__room__site", flat=True).distinct():
            packet = make_packet(site_id, on=exam_on, by=by)
            deposit(packet.pk, by=by, received_by="演示考核点负责人")

    def attend(self, session: ExamSession, at: datetime) -> None:
        """Nearly everybody comes; every seat is stated before a room closes."""
        everybody = Entry.objects.filter(exam_session=session).values_list("pk", flat=True)
        away = {pk for pk in everybody if self.random.random() < 0.04}
        for sitting in Sitting.objects.filter(exam_session=session).order_by("starts_at"):
            by = Act(self.invigilator(sitting), min(sitting.starts_at + timedelta(minutes=35), self.now))
            if by.at < sitting.starts_at + timedelta(minutes=30):
                continue
            for seat in Seat.objects.filter(sitting=sitting):
                absent = seat.entry_id in away
                state_attendance(seat.pk, attendance=Attendance.ABSENT if absent else Attendance.PRESENT, by=by)
            over = Act(by.actor, max(by.at, min(sitting.ends_at, self.now)))
            close_room(sitting.pk, Count(sitting.starts_at, over.at, count_present(sitting)), by=over)

    def mark(self, session: ExamSession, at: datetime) -> None:
        """Two people enter what they read; now and then they differ and a third looks."""
        markers = enumerate(self.book.users["marker"])
        first, second, third = (Act(user, at + timedelta(hours=number)) for number, user in markers)
        seats = Seat.objects.filter(sitting__exam_session=session).select_related("entry", "subject")
        for seat in seats.exclude(attendance=Attendance.UNKNOWN):
            if seat.attendance == Attendance.ABSENT:
                values = (ABSENT, ABSENT)
            else:
                value = self.value(seat)
                slip = self.random.random() < 0.03
                values = (value, str(min(float(value) + 1, 100.0)) if slip else value)
            enter_mark(seat.pk, value=values[0], by=first)
            enter_mark(seat.pk, value=values[1], by=second)
            if values[0] != values[1]:
                enter_mark(seat.pk, value=values[0], by=third)

    def value(self, seat: Seat) -> str:
        """A mark as papers give it: mostly between 60 and 95, sometimes below; of an institution's people every fourth
        fails in the practical part alone, so that its list has something to retake."""
        if seat.entry.institution_id is not None:
            practical = seat.subject.code == "practical"
            return "52.5" if practical and seat.entry_id % 4 == 1 else f"{70 + seat.entry_id % 23}.0"
        tenths = round(self.random.gauss(760, 110))
        return f"{min(max(tenths, 180), 1000) / 10:.1f}"

    def publish(self, session: ExamSession, at: datetime) -> None:
        """Approved as it was previewed, by somebody who entered nothing, and exactly that published."""
        batch = preview(session.pk)
        if batch.can_publish:
            by = Act(self.book.users["publisher"][0], at)
            approved = approve(session.pk, by=by, expected_hash=batch.sha256)
            publish_approved(approved.pk, by=by)

    def ask_recheck(self, session: ExamSession, at: datetime) -> None:
        """Who failed by the least wants the sum looked at again, within the ten working days."""
        failed = Mark.objects.published().filter(seat__entry__exam_session=session, value__lt=60, is_held=False)
        mark = failed.select_related("seat__entry__candidate__user").order_by("-value", "pk").first()
        if mark is not None and mark.seat.entry.candidate.user is not None:
            ask_recheck(mark.pk, points=[RecheckPoint.SUM], by=Act(mark.seat.entry.candidate.user, at))

    def answer_recheck(self, session: ExamSession, at: datetime) -> None:
        """The sum was right; answered in time by somebody who entered none of it."""
        by = Act(self.book.users["publisher"][0], at)
        for row in Recheck.objects.open().filter(mark__seat__entry__exam_session=session):
            uphold(row.pk, answer="已复核答卷各题得分与合计，无漏评、合计无误，维持原成绩。", by=by)

    def certify(self, session: ExamSession, at: datetime) -> None:
        """Certificates for everybody who passed everything."""
        by = Act(None, at, job="issue-certificates")
        open_certificates(by=by, barred=frozenset())
        asker, approver = Act(self.book.users["publisher"][0], at), Act(self.book.users["supervisor"][0], at)
        shown = list_up(session.pk, on=asker.on)
        if shown.listed:
            _, proposal = propose(session.pk, expected=shown.digest, reason="名单已核对", by=asker)
            approve_proposal(proposal.pk, seen=proposal.digest, by=approver)
        for key in due_ids(by=by):
            issue(key, by=by)

    def hand_over(self, session: ExamSession, at: datetime) -> None:
        """Some of those who applied by themselves have come to collect."""
        by = Act(self.book.users["clerk"][1], at)
        for certificate in Certificate.objects.filter(
            entry__exam_session=session, entry__institution=None, status="issued"
        ):
            if self.random.random() < 0.6:
                hand_over(certificate.pk, collector="self", document_seen=True, by=by)

    def on_duty(self, session: ExamSession, room: int) -> list[User]:
        """Two for the room that fills first, as a record takes two who were there; the head minds the spare one."""
        return self.book.users["invigilator"][:2] if room == 0 else [self.head(session)]

    def head(self, session: ExamSession) -> User:
        """Of the session's site, on its day."""
        return self.book.users["invigilator"][2 if session.occupation.order % 2 else 3]

    def invigilator(self, sitting: Sitting) -> User:
        """Whoever of the room does the writing."""
        return sitting.invigilators.order_by("pk")[0]

    @staticmethod
    def moment(day: date, hour: int) -> datetime:
        """An hour of a day in Shanghai."""
        return datetime.combine(day, time(hour), tzinfo=SHANGHAI)


def third_saturday(month: date) -> date:
    """The exam day that the demonstration uses."""
    return month + timedelta(days=(5 - month.weekday()) % 7 + 14)
