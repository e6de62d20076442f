"""Somebody who passed a part and comes again; small, deterministic."""

from __future__ import annotations

from exams.enums import EntryKind, EntrySource, EntryStatus
from exams.models import AdmissionTicket, Entry, Mark, Seat
from exams.rules.tickets import make_ticket_number
from exams.services.entries import enrol
from kupasi.people.models import Candidate
from tests.builders import a_user, act
from tests.exams.marking import Exam, a_published_exam, an_exam, everybody_came, marked, publish_now

EXAM = "2025-07-12"


def a_part_passed(marks: str = "82.5,55", *, on: str = EXAM) -> Candidate:
    """Somebody whose theory is passed and whose practical is not, unless the marks say otherwise."""
    exam, _ = a_published_exam(marks, on=on)
    return exam.entries[0].candidate


def sat_again(
    person: Candidate,
    value: str,
    *,
    on: str,
    kind: EntryKind = EntryKind.RETAKE,
    source: EntrySource = EntrySource.REGULAR,
    subjects: tuple[str, ...] = ("practical",),
) -> Entry:
    """One more sitting of the same person, published; a retake builds on what was passed before."""
    exam = an_exam(on=on, people=0)
    chosen = [one for one in exam.sittings if one.subject.code in subjects]
    passed = Mark.objects.filter(seat__entry__candidate=person, value__gte=60, given_up=None)
    before = list(passed.values_list("pk", flat=True)) if kind == EntryKind.RETAKE else []
    entry = enrol(
        act(when=f"{on}T08:00"),
        candidate=person,
        exam_session=exam.session,
        subjects=[one.subject for one in chosen],
        photo=None,
        kind=kind,
        source=source,
        builds_on=before,
    )
    for sitting in chosen:
        Seat.objects.filter(entry=entry, subject=sitting.subject).update(sitting=sitting, number=1)
    Entry.objects.filter(pk=entry.pk).update(status=EntryStatus.TICKETED)
    number = make_ticket_number(exam.session.exam_month, occupation=exam.session.occupation.number_code, serial=1)
    AdmissionTicket.objects.create(entry=entry, number=number, version=1)
    _publish(exam, entry, value)
    return entry


def _publish(exam: Exam, entry: Entry, value: str) -> None:
    exam.entries = [entry]
    everybody_came(exam, absent=(0,) if value == "absent" else ())
    for seat in exam.seats(entry):
        marked(exam, seat, value, value)
    publish_now(exam, a_user("publisher"))
