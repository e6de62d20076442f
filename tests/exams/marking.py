"""A session that was sat: rooms, seats, invigilators, markers; small, deterministic."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from exams.enums import Attendance, EntryStatus
from exams.models import AdmissionTicket, Entry, ExamSession, Occupation, Room, Seat, Site, Sitting
from exams.rules.tickets import make_ticket_number
from exams.services.attendance import close_sitting, state_attendance
from exams.services.batches import preview
from exams.services.entries import enrol
from exams.services.marks import enter_mark
from exams.services.publication import publish
from kupasi.people.models import User
from tests.builders import a_candidate, a_user, act, at

ADDRESS = "上海市徐汇区示例路 1 号"


@dataclass
class Exam:
    """What a test needs at hand."""

    session: ExamSession
    entries: list[Entry]
    sittings: list[Sitting]
    invigilator: User
    markers: list[User]
    ends_at: datetime = field(default_factory=lambda: at("2025-07-12T17:00"))

    def seats(self, entry: Entry) -> list[Seat]:
        """Theory, then practical."""
        return list(Seat.objects.filter(entry=entry).order_by("subject__order"))


def an_exam(*, on: str = "2025-07-12", people: int = 2, occupation: str = "data-annotation") -> Exam:
    """Both subjects on one day, everybody seated and ticketed."""
    chosen = Occupation.objects.get(code=occupation)
    day = date.fromisoformat(on)
    session, _ = ExamSession.objects.get_or_create(occupation=chosen, exam_month=day.replace(day=1))
    site, _ = Site.objects.get_or_create(name="示例考核点", defaults={"address": ADDRESS})
    room, _ = Room.objects.get_or_create(site=site, name="第一考场", defaults={"capacity": 30})
    exam = Exam(session, [], [], a_user("invigilator"), [a_user("marker") for _ in range(3)], at(f"{on}T17:00"))
    for subject, hour in zip(chosen.subjects.order_by("order"), ("09:00", "14:00"), strict=True):
        starts = at(f"{on}T{hour}")
        sitting = Sitting.objects.create(
            exam_session=session,
            subject=subject,
            room=room,
            starts_at=starts,
            ends_at=starts + timedelta(hours=2),
            on=day,
            capacity=30,
        )
        sitting.invigilators.add(exam.invigilator)
        sitting.markers.add(*exam.markers)
        exam.sittings.append(sitting)
    exam.entries = [seated(exam, number) for number in range(1, people + 1)]
    return exam


def seated(exam: Exam, number: int) -> Entry:
    """One more person with both subjects, on the seat with this number."""
    subjects = [one.subject for one in exam.sittings]
    by = act(when="2025-06-20T09:00")
    entry = enrol(by, candidate=a_candidate(), exam_session=exam.session, subjects=subjects, photo=None)
    for sitting in exam.sittings:
        Seat.objects.filter(entry=entry, subject=sitting.subject).update(sitting=sitting, number=number)
    Entry.objects.filter(pk=entry.pk).update(status=EntryStatus.TICKETED)
    occupation = exam.session.occupation.number_code
    text = make_ticket_number(exam.session.exam_month, occupation=occupation, serial=number)
    AdmissionTicket.objects.create(entry=entry, number=text, version=1)
    entry.refresh_from_db()
    return entry


def everybody_came(exam: Exam, *, absent: tuple[int, ...] = ()) -> None:
    """State every seat (the entries at these places absent) and close both sittings."""
    by = act(exam.invigilator, exam.ends_at)
    for place, entry in enumerate(exam.entries):
        state = Attendance.ABSENT if place in absent else Attendance.PRESENT
        for seat in exam.seats(entry):
            state_attendance(seat.pk, attendance=state, by=by)
    for sitting in exam.sittings:
        close_sitting(sitting.pk, by=by)


def marked(exam: Exam, seat: Seat, *values: str, when: datetime | None = None) -> None:
    """Enter these values, each by the next marker."""
    for marker, value in zip(exam.markers, values, strict=False):
        enter_mark(seat.pk, value=value, by=act(marker, when or exam.ends_at))


def all_marked(exam: Exam, *values: str) -> None:
    """Everybody's theory and practical marks, entered twice and equal; "82,55" for a person, `absent` for both."""
    for entry, value in zip(exam.entries, values, strict=True):
        for seat, one in zip(exam.seats(entry), (value.split(",") * 2)[:2], strict=True):
            marked(exam, seat, one, one)


def a_published_exam(*values: str, on: str = "2025-07-12") -> tuple[Exam, User]:
    """An exam whose results are out, and who published them."""
    exam = an_exam(on=on, people=len(values))
    everybody_came(exam, absent=tuple(place for place, value in enumerate(values) if value == "absent"))
    all_marked(exam, *values)
    publisher = a_user("publisher")
    publish_now(exam, publisher)
    return exam, publisher


def publish_now(exam: Exam, publisher: User, *, leave_out: tuple[int, ...] = ()) -> None:
    """Look, then publish exactly that."""
    shown = preview(exam.session.pk, leave_out=leave_out)
    moment = exam.ends_at + timedelta(days=3)
    publish(exam.session.pk, by=act(publisher, moment), expected_hash=shown.sha256, leave_out=leave_out)
    for entry in exam.entries:
        entry.refresh_from_db()
    exam.session.refresh_from_db()
