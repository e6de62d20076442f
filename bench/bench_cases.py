"""Previewing a decision about a person with 200 sittings to come against the same with one: the questions stay few.

The preview is the carrying out, rolled back; what it asks of the database must not grow with what the person has. Only
the audit lines, one for each row, go in by chunks where SQLite limits a statement: four more for 200 sittings.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from bench.harness import Row, compare
from discipline.enums import CaseStatus, Outcome, Signature
from discipline.models import Case, Clause
from discipline.services import effects
from discipline.services.effects import Ruling
from exams.enums import EntryStatus
from exams.models import Entry, ExamSession, Occupation, Room, Seat, Site, Sitting, Subject
from kupasi.acts import Act
from kupasi.clock import SHANGHAI
from kupasi.people.enums import Sex
from kupasi.people.models import Candidate, User

MANY = 200
ON = date(2025, 7, 12)
AT = datetime(2025, 7, 20, 9, tzinfo=SHANGHAI)


def a_case(number: int, *, coming: int) -> Case:
    """A person with a case and so many sittings inside the bar; a session for each, as the constraints want it."""
    person = Candidate(name=f"试{number}", sex=Sex.MALE, birth_date=date(1990, 1, 1), created_at=AT)
    person.save()
    staff = [User.objects.create(username=f"bench-{number}-{n}", is_staff=True) for n in range(2)]
    occupations = [
        Occupation.objects.create(
            code=f"bench-{number}-{n}", name=f"测试{number}-{n}", number_code=f"{number}{n}", order=n
        )
        for n in range(-(-coming // 20))
    ]
    site = Site.objects.create(name=f"测试{number}", address="测试")
    for n in range(coming):
        _sitting(person, occupations[n // 20], site, n)
    case = Case.objects.create(
        candidate=person,
        clause=Clause.objects.get(code="四2"),
        severity="serious",
        act_at=AT,
        act_on=ON,
        place="测试",
        facts="测试",
        signature=Signature.SIGNED,
        recorded_by=staff[0],
        second_by=staff[1],
        recorded_at=AT,
        moved_at=AT,
        status=CaseStatus.HEARD,
    )
    return case


def _sitting(person: Candidate, occupation: Occupation, site: Site, n: int) -> None:
    month = date(2025 + (8 + n % 20) // 12, (8 + n % 20) % 12 + 1, 1)
    session = ExamSession.objects.create(occupation=occupation, exam_month=month)
    subject, _ = Subject.objects.get_or_create(
        occupation=occupation, code="theory", defaults={"name": "理论", "order": 1}
    )
    room = Room.objects.create(site=site, name=f"{n}", capacity=5)
    starts = datetime.combine(month + timedelta(days=9), time(9), SHANGHAI)
    sitting = Sitting.objects.create(
        exam_session=session, subject=subject, room=room, starts_at=starts, ends_at=starts + timedelta(hours=1),
        on=starts.date(), capacity=5, taken=1,
    )  # fmt: skip
    entry = Entry.objects.create(
        exam_session=session, candidate=person, status=EntryStatus.SEATED, created_at=AT, papers_in_at=AT
    )
    Seat.objects.create(entry=entry, subject=subject, sitting=sitting, number=1)


def queries(case: Case) -> float:
    """How many questions a preview asks."""
    by = Act(None, AT, job="bench")
    with CaptureQueriesContext(connection) as asked, transaction.atomic():
        plan = effects.preview(case, Ruling(Outcome.UPHOLD, case.clause, "serious", AT.date()), by=by)
    assert plan.lines
    return float(len(asked))


def rows() -> Iterator[Row]:
    """Questions with 200 sittings against one."""
    call_command("migrate", verbosity=0)
    call_command("load_notice", verbosity=0)
    one, many = a_case(1, coming=1), a_case(2, coming=MANY)
    yield compare(
        "queries of a preview, 200 sittings inside the bar",
        ours=lambda: queries(many),
        against="the same with 1",
        reference=lambda: queries(one),
        goal=1.25,
        unit="queries",
    )
