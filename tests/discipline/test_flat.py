"""What a decision costs does not grow with what the person has (speed: query count flat)."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from discipline.models import Case
from discipline.services import effects, hearing
from exams.models import Entry, Room, Site
from tests.builders import act
from tests.exams.marking import a_published_exam

from . import making
from .test_between import coming

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


def queries(case: Case, people: making.Staff) -> int:
    """How many questions a preview asks of the database."""
    by = act(people.decider, making.DECIDED)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        effects.preview(case, hearing.intended(case, by=by), by=by)
    return len(asked)


def test_a_preview_asks_as_much_of_one_sitting_as_of_many() -> None:
    exam, _ = a_published_exam("80,70")
    people, entry = making.staff(), exam.entries[0]
    site = Site.objects.get(name="示例考核点")
    Room.objects.create(site=site, name="第二考场", capacity=30)
    case = making.noticed(making.recorded(making.theory(entry), people, clause="四2"), people, severity="serious")
    coming(entry.candidate, on="2025-09-13")
    queries(case, people)  # what a process asks once
    few = queries(case, people)
    for month in ("2025-10-11", "2025-11-15", "2025-12-13", "2026-01-17", "2026-03-14", "2026-04-18"):
        coming(entry.candidate, on=month)
    assert Entry.objects.filter(candidate=entry.candidate).count() == 8
    assert queries(case, people) <= few
