"""What is past its time goes, person by person, without being asked (rules section 10).

Application files stay five years after their batch, breach cases until five years after the bar, the register of
certificates for ever, sign-ins six months. The days are asked of the apps; nothing is judged twice here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Q

from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.clock import SHANGHAI
from kupasi.dates import add_years
from kupasi.people.models import Candidate, ErasedPerson
from kupasi.people.privacy import KEPT_YEARS, sections

from . import erased_list, privacy


@dataclass(slots=True)
class Tally:
    """How many persons have something past its time, by section; how many rows changed; how many are wholly gone."""

    persons: dict[str, int] = field(default_factory=dict)
    rows: int = 0
    forgotten: int = 0


def look(on: date) -> tuple[Tally, set[int]]:
    """What `run` would find on a day, changing nothing: the counts, and the persons."""
    tally, who = Tally(), set[int]()
    for section in sections.values():
        found = set(section.due(on))
        if found:
            tally.persons[section.label] = len(found)
        who |= found
    for label, found in (("已申请删除", _waiting()), ("长期未用", _idle(on))):
        if found:
            tally.persons[label] = len(found)
        who |= found
    return tally, who


def run(by: Act) -> Tally:
    """Remove what is past its time on the day of the act; safe to run twice, or again after an interruption."""
    erased_list.keep()
    tally, who = look(by.on)
    waiting, idle = _waiting(), _idle(by.on)
    for pk in sorted(who):
        _one(pk, by=by, tally=tally, waits=pk in waiting, is_idle=pk in idle)
    return tally


@transaction.atomic
def _one(pk: int, *, by: Act, tally: Tally, waits: bool, is_idle: bool) -> None:
    if waits:
        tally.forgotten += privacy.erase_again(pk, by=by).finished_at is not None
        return
    candidate = Candidate.objects.select_for_update().get(pk=pk)
    rows = privacy.clear_sections(candidate, by=by)
    if rows:
        record(by, "privacy.retention", candidate, after={"rows": rows})
        tally.rows += rows
    if is_idle and not privacy.duties_of(candidate, on=by.on) and not privacy.obstacles_of(candidate):
        privacy.erase_again(pk, by=by)
        tally.forgotten += 1


def _waiting() -> set[int]:
    """Persons who were erased and of whom something had to stay."""
    keys = set(ErasedPerson.objects.filter(finished_at=None).values_list("key", flat=True))
    if not keys:
        return set()
    people = Candidate.objects.exclude(name=privacy.ERASED).values_list("pk", "created_at")
    return {pk for pk, created_at in people if privacy.key_of(pk, created_at) in keys}


def _idle(on: date) -> set[int]:
    """Persons known for more than five years who have not signed in for as long, and of whom nothing must stay."""
    before = datetime.combine(add_years(on, -KEPT_YEARS), time.min, SHANGHAI)
    quiet = Q(user=None) | Q(user__last_login=None, user__date_joined__lt=before) | Q(user__last_login__lt=before)
    rows = Candidate.objects.filter(quiet, created_at__lt=before).exclude(name=privacy.ERASED)
    return {one.pk for one in rows if not privacy.duties_of(one, on=on) and not privacy.obstacles_of(one)}
