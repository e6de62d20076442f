"""What the last file said of the rows that may be used again: whole where it is small, otherwise chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast

from kupasi.among import among_keys
from registration.models import RosterRow, RosterUpload

from .lines import plain_rows

AT_ONCE = 20_000  # rows: 25 MB; more of them are fetched a chunk at a time, at a third more of the work


class Before(NamedTuple):
    """A row of the last file that may be used again, or of the roster as it stands."""

    pk: int
    key: str
    number_index: str
    phone_index: str
    name: str
    born: str
    occupation: int | None


@dataclass(slots=True)
class Earlier:
    """The good rows of the last file of which nothing was found and nobody known, by their fingerprint."""

    whole: dict[str, Before] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)

    def of(self, prints: Iterable[str]) -> dict[str, Before]:
        """Those with these fingerprints, and perhaps others; one query at most."""
        if not self.keys:
            return self.whole
        return _before_of([self.keys[one] for one in prints if one in self.keys])


def usable_again(source: RosterUpload | None) -> Earlier:
    """What may be used again of a file; one query."""
    if source is None:
        return Earlier()
    rows = RosterRow.objects.filter(upload=source, is_valid=True, is_known=False, is_held=False, findings=[])
    if source.valid <= AT_ONCE:
        return Earlier(whole=_fetched(rows))
    return Earlier(keys=dict(plain_rows(rows.order_by().values_list("fingerprint", "pk"))))


def _before_of(keys: Sequence[int]) -> dict[str, Before]:
    return _fetched(RosterRow.objects.filter(pk__in=among_keys(keys))) if keys else {}


def _fetched(rows: QuerySet[RosterRow]) -> dict[str, Before]:
    born: Any = Cast("birth_date", CharField())  # as text: a driver makes a date of each otherwise
    names = ("fingerprint", "pk", "key", "number_index", "phone_index", "name", born, "occupation")
    return {
        print_: Before(pk, key, number, phone, name, when or "", occupation)
        for print_, pk, key, number, phone, name, when, occupation in plain_rows(rows.order_by().values_list(*names))
    }
