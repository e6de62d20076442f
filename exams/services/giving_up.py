"""What a confirmed full application takes with it, and what a retake builds on (rules T4, T8)."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from exams.models import Entry, GivenUpPass, KeptPass
from kupasi.acts import Act
from kupasi.audit.services import record

from .kept_passes import at_stake


@transaction.atomic
def give_up(entry: Entry, *, words: str = "", by: Act) -> list[GivenUpPass]:
    """Record the kept passes that a confirmed full entry gives up (通知 四(二)); nothing takes this back.

    `words` is the sentence that the person confirmed. A pass is given up once: repeating it adds nothing.
    """
    lost = at_stake(entry.candidate_id, entry.exam_session.occupation_id, on=by.on, before=entry.pk)
    rows = [GivenUpPass(mark_id=one.mark_id, entry=entry, words=words, given_up_at=by.at) for one in lost]
    made = GivenUpPass.objects.bulk_create(rows)
    if made:
        record(by, "entry.passes_given_up", entry, after={"marks": [one.mark_id for one in made]})
    return made


def build_on(entry: Entry, marks: Collection[int]) -> None:
    """Keep which passes a retake entry builds on, as they stood on the day of its application (rules T2)."""
    KeptPass.objects.bulk_create([KeptPass(entry=entry, mark_id=one) for one in marks])
