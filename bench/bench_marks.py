"""Marks of one session from two columns a room to the published results: 100,000 marks against 10,000.

Every room's column goes in by the way that a template takes (looked at, then entered), once for each of two markers,
whose entries are compared as the second comes in; then the batch is approved and published with its letters and audit
lines. Growth of the number by ten is what is asked; the small batch is done three times and its median taken, the large
one once, since it takes minutes. Without rows of applications: what the front desk adds is not part of it.
`MARKS=20000` makes the large batch smaller.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from django.core.management import call_command

from bench.harness import Row, seconds
from exams.enums import Attendance, EntryStatus, SittingStatus
from exams.models import AdmissionTicket, Entry, ExamSession, Mark, Occupation, Room, Seat, Site, Sitting, Subject
from exams.resources import commit, preview
from exams.rules.tickets import make_ticket_number
from exams.services import batches
from exams.services.mark_columns import ColumnLine
from exams.services.releases import approve, publish_approved
from kupasi.acts import Act
from kupasi.clock import SHANGHAI
from kupasi.people.enums import Sex
from kupasi.people.models import Candidate, User

MANY, ROOM, CHUNK = int(os.environ.get("MARKS", "100000")), 50, 5000
AT = datetime(2025, 7, 20, 9, tzinfo=SHANGHAI)


@dataclass(frozen=True)
class Prepared:
    """A session whose rooms are closed, its columns, and who does what."""

    session: ExamSession
    columns: list[tuple[Sitting, list[ColumnLine]]]
    markers: list[User]
    publisher: User


def prepare(number: int, *, marks: int) -> Prepared:
    """So many papers, two for each person, in rooms of fifty; every one came."""
    month = date(2025, 1, 1) + timedelta(days=31 * number)
    occupation = Occupation.objects.get(code="data-annotation")
    session = ExamSession.objects.create(occupation=occupation, exam_month=month.replace(day=1))
    staff = [User.objects.create(username=f"bench-{number}-{n}", is_staff=True) for n in range(3)]
    made = [
        Candidate(name=f"试{n}", sex=Sex.MALE, birth_date=date(1990, 1, 1), created_at=AT) for n in range(marks // 2)
    ]
    people = Candidate.objects.bulk_create(made, batch_size=CHUNK)
    rows = [Entry(exam_session=session, candidate=one, status=EntryStatus.SAT, created_at=AT) for one in people]
    entries = Entry.objects.bulk_create(rows, batch_size=CHUNK)
    tickets = [
        AdmissionTicket(entry=one, number=make_ticket_number(session.exam_month, occupation="01", serial=at), version=1)
        for at, one in enumerate(entries, start=1)
    ]
    AdmissionTicket.objects.bulk_create(tickets, batch_size=CHUNK)
    site = Site.objects.create(name=f"测试{number}", address="测试")
    columns = [
        column
        for order, subject in enumerate(occupation.subjects.order_by("order"))
        for column in _columns(session, subject, site, tickets, hour=9 + 5 * order, markers=staff[:2])
    ]
    return Prepared(session, columns, staff[:2], staff[2])


def _columns(
    session: ExamSession,
    subject: Subject,
    site: Site,
    tickets: list[AdmissionTicket],
    *,
    hour: int,
    markers: list[User],
) -> Iterator[tuple[Sitting, list[ColumnLine]]]:
    for at in range(0, len(tickets), ROOM):
        there = tickets[at : at + ROOM]
        room, _ = Room.objects.get_or_create(site=site, name=f"{at}", defaults={"capacity": ROOM})
        starts = datetime(2025, 7, 12, hour, tzinfo=SHANGHAI)
        sitting = Sitting.objects.create(
            exam_session=session, subject=subject, room=room, starts_at=starts, ends_at=starts + timedelta(hours=2),
            on=starts.date(), capacity=ROOM, taken=len(there), status=SittingStatus.CLOSED, came=len(there), missed=0,
        )  # fmt: skip
        sitting.markers.add(*markers)
        seats = [
            Seat(entry=one.entry, subject=subject, sitting=sitting, number=n, attendance=Attendance.PRESENT)
            for n, one in enumerate(there, start=1)
        ]
        Seat.objects.bulk_create(seats)
        lines = [ColumnLine(n, one.number, f"{40 + (at + n) % 60}.5") for n, one in enumerate(there, start=1)]
        yield sitting, lines


def enter(prepared: Prepared) -> None:
    """Both markers, room by room; the second entry is compared and settles the mark."""
    for marker in prepared.markers:
        by = Act(marker, AT)
        for sitting, lines in prepared.columns:
            judged, _ = preview(sitting, lines, by=by)
            assert not judged.wrong
            assert commit(sitting, lines, by=by) == len(lines)


def publish(prepared: Prepared) -> None:
    """Look, approve, publish."""
    by, session = Act(prepared.publisher, AT), prepared.session.pk
    approved = approve(session, by=by, expected_hash=batches.preview(session).sha256)
    publish_approved(approved.pk, by=by)


def measured(number: int, *, marks: int) -> tuple[float, float]:
    """Seconds to enter and compare, and to publish."""
    prepared = prepare(number, marks=marks)
    taken = seconds(lambda: enter(prepared)), seconds(lambda: publish(prepared))
    assert Mark.objects.published().filter(seat__entry__exam_session=prepared.session).count() == marks
    return taken


def rows() -> Iterator[Row]:
    """Growth when there are ten times as many."""
    call_command("migrate", verbosity=0)
    call_command("load_notice", verbosity=0)
    small = MANY // 10
    measured(0, marks=small // 10)  # warm
    few = [measured(number, marks=small) for number in (1, 2, 3)]
    many = measured(4, marks=MANY)
    for at, name in ((0, "import and compare"), (1, "publish")):
        value, against = many[at], median(one[at] for one in few)
        yield Row(f"{name} {MANY:,} marks", value, "s", f"{small:,} marks", against, value / against, 12)
    value, against = sum(many), median(sum(one) for one in few)
    yield Row(f"import, compare and publish {MANY:,} marks", value, "s", f"{small:,}", against, value / against, 12)
