"""What seating is told: the people who wait, the sittings with their free seats, and when somebody is elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from exams.enums import EntryStatus, SittingStatus
from exams.models import Entry, ExamSession, Place, Seat, Sitting
from exams.rules.rooms import Cell
from exams.rules.seating_facts import PersonFact, SittingFact

from .sittings import Blocked
from .staffing import barred_institutions

Times = list[tuple[datetime, datetime]]


def people_of(session: ExamSession, *, blocked: Blocked) -> list[PersonFact]:
    """Everybody of the session who waits for a seat."""
    rows = Entry.objects.filter(exam_session=session, status=EntryStatus.ENROLLED).order_by("pk")
    facts = list(rows.values_list("pk", "candidate_id", "papers_in_at", "needs", "institution_id"))
    subjects: dict[int, list[int]] = defaultdict(list)
    waiting = Seat.objects.filter(entry__exam_session=session, entry__status=EntryStatus.ENROLLED, sitting=None)
    for entry_id, subject_id in waiting.order_by("subject__order", "subject_id").values_list("entry_id", "subject_id"):
        subjects[entry_id].append(subject_id)
    busy = busy_times(Q(entry__candidate__in=rows.order_by().values("candidate_id")))
    return [
        PersonFact(
            entry_id=pk,
            subject_ids=tuple(subjects[pk]),
            has_original=papers_in_at is not None,
            has_needs=bool(needs),
            busy=tuple(busy.get(candidate_id, ())),
            barred=tuple((first, last) for first, last in blocked.get(candidate_id, ())),
            institution_id=institution_id,
        )
        for pk, candidate_id, papers_in_at, needs, institution_id in facts
        if pk in subjects
    ]


def busy_times(which: Q, *, leave_out: Collection[int] = ()) -> dict[int, Times]:
    """When each candidate already sits somewhere, whatever the occupation (rules E5)."""
    found: dict[int, Times] = defaultdict(list)
    rows = Seat.objects.filter(which, sitting__isnull=False).exclude(sitting__status=SittingStatus.CANCELLED)
    rows = rows.exclude(entry__status=EntryStatus.CANCELLED).exclude(pk__in=leave_out)
    for candidate_id, starts, ends in rows.order_by("pk").values_list(
        "entry__candidate_id", "sitting__starts_at", "sitting__ends_at"
    ):
        found[candidate_id].append((starts, ends))
    return found


def sittings_of(session: ExamSession, *, at: datetime) -> list[SittingFact]:
    """The sittings still to come, with their free seats."""
    rows = Sitting.objects.filter(exam_session=session, status=SittingStatus.PLANNED, starts_at__gt=at)
    return facts_of(list(rows.select_related("room", "subject").order_by("pk")))


def facts_of(sittings: list[Sitting]) -> list[SittingFact]:
    """Sittings (with room and subject) as facts: five queries, however many there are."""
    keys = [one.pk for one in sittings]
    held: dict[int, dict[int, int | None]] = defaultdict(dict)
    for sitting_id, number, institution_id in Seat.objects.filter(sitting__in=keys).values_list(
        "sitting_id", "number", "entry__institution_id"
    ):
        if sitting_id is not None and number is not None:
            held[sitting_id][number] = institution_id
    places: dict[int, list[Place]] = defaultdict(list)
    for place in Place.objects.filter(room__in={one.room_id for one in sittings}):
        places[place.room_id].append(place)
    away = barred_institutions(sittings)
    return [_fact(one, held[one.pk], places[one.room_id], away[one.pk]) for one in sittings]


def _fact(row: Sitting, held: dict[int, int | None], places: list[Place], away: frozenset[int]) -> SittingFact:
    usable = [one for one in places if one.serves(station=row.subject.uses_station)]
    cells: list[tuple[int, Cell]] = [(one.number, (one.row, one.column)) for one in usable]
    return SittingFact(
        pk=row.pk,
        subject_id=row.subject_id,
        site_id=row.room.site_id,
        on=row.on,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        capacity=row.capacity if cells or not places else len(held),
        taken_numbers=frozenset(held),
        cells=tuple(cells),
        accessible=frozenset(one.number for one in usable if one.is_accessible),
        held=tuple((number, of) for number, of in sorted(held.items()) if of is not None),
        away=away,
    )
