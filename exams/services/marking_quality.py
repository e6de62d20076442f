"""How often each person typed something else than what stands in the end (rules M3; matrix score.review)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, F, Q, Sum

from exams.enums import MarkStatus
from exams.models import MarkEntry
from kupasi.people.models import User

LATEST = 20_000  # entries


@dataclass(frozen=True, slots=True)
class PersonQuality:
    """One person's entries on settled papers: how many, how many were not what stands now, and own corrections."""

    person: User
    entries: int
    wrong: int
    corrected: int

    @property
    def per_thousand(self) -> float:
        """Wrong entries in a thousand."""
        return 1000 * self.wrong / self.entries


def error_rates() -> list[PersonQuality]:
    """Everybody who entered marks that are settled, the most frequent errors first, of the newest entries.

    Habits of years ago say nothing about today, and the figure stays as quick as it was in the first month.
    A mark that two people changed later counts against both who had typed the old one. Marks that a decision
    cancelled are left out.
    """
    older = list(MarkEntry.objects.order_by("-pk").values_list("pk", flat=True)[LATEST : LATEST + 1])
    latest = MarkEntry.objects.filter(pk__gt=max(older, default=0)).order_by()
    judged = Q(seat__mark__status__in=[MarkStatus.NORMAL, MarkStatus.ABSENT])  # not in WHERE: all marks would be read
    right = judged & (Q(value=F("seat__mark__value")) | Q(value=None, seat__mark__value=None))
    by_person = latest.annotate(who=F("entered_by_id") + 0).values("who")  # grouped by the index, all would be read
    counts = by_person.annotate(
        entries=Count("pk", filter=judged),
        right=Count("pk", filter=right),
        edits=Sum(F("version") - 1, filter=judged),
    )
    found = {one["who"]: one for one in counts if one["entries"]}
    people = User.objects.in_bulk(found)
    listed = [
        PersonQuality(people[pk], one["entries"], one["entries"] - one["right"], one["edits"])
        for pk, one in found.items()
    ]
    return sorted(listed, key=lambda one: (-one.per_thousand, -one.entries, one.person.pk))
