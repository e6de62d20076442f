"""Whose ticket it is, for the paper only: name, document, photo, and the office's own words (rules K4, 10)."""

from __future__ import annotations

from collections.abc import Collection

from exams.models import Entry
from exams.rules.calendar import RESULT_WORKING_DAYS, RESULT_WORKING_DAYS_MARKING
from kupasi.people.models import IdentityDocument

from . import settings
from .ticket_pdf import Holder, House


def gather(entry_ids: Collection[int]) -> dict[int, tuple[Holder, House]]:
    """Holder and house by entry; a fixed number of queries, and one photo read for each."""
    rows = Entry.objects.filter(pk__in=entry_ids).select_related("candidate", "photo", "exam_session__occupation")
    people = list(rows)
    documents = {
        one.candidate_id: f"{one.get_kind_display()} {one.number}"
        for one in IdentityDocument.objects.filter(candidate__in=[row.candidate_id for row in people], is_primary=True)
    }
    houses = {marking: _house(marking) for marking in {row.exam_session.occupation.involves_marking for row in people}}
    return {
        row.pk: (
            Holder(row.candidate.name, documents.get(row.candidate_id, "—"), _portrait(row)),
            houses[row.exam_session.occupation.involves_marking],
        )
        for row in people
    }


def _portrait(entry: Entry) -> bytes:
    if entry.photo is None:
        return b""
    with entry.photo.file.open() as file:
        return bytes(file.read())


def _house(marking: bool) -> House:
    """What the office's settings put on the form."""
    values = settings.all_values()
    fallback = RESULT_WORKING_DAYS_MARKING if marking else RESULT_WORKING_DAYS
    days = values.get("result_working_days_marking" if marking else "result_working_days", fallback)
    return House(
        office=settings.office_facts(),
        doors=int(values["doors_open_minutes"]),
        late=int(values["late_entry_minutes"]),
        days=int(days),
    )
