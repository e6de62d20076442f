"""The office's queues: what waits for whom, and since when. Each app registers its own; the admin's home shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Min, QuerySet
from django.urls import reverse

from kupasi.dates import local_day
from kupasi.people.roles import may, may_any

LATE_DAYS = 3  # decided here: what has waited longer stands out
MOST = 1000  # nobody works through more in a day: counting stops there, so that the home costs the same ever after
registry: dict[str, Queue] = {}


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue of the office.

    `rows(user)` gives what waits; `age_field` names the date or moment since when. `url` is a path, or the name of
    an address with an optional query ("admin:registration_application_changelist?queue=review"). It is shown to those
    who have `action` of the permission matrix: in the form `how` ('', 'ask', 'approve'), or in any form.
    """

    code: str
    label: str
    action: str
    rows: Callable[[Any], QuerySet[Any]]
    url: str
    age_field: str
    hint: str = ""
    how: str = "any"
    group: str = ""
    late_days: int = LATE_DAYS

    def is_for(self, user: Any) -> bool:
        """Whether the person may act on it."""
        return may_any(user, self.action) if self.how == "any" else may(user, self.action, how=self.how)

    @property
    def address(self) -> str:
        """The path of the list behind the queue."""
        if self.url.startswith("/"):
            return self.url
        name, mark, query = self.url.partition("?")
        return reverse(name) + mark + query


@dataclass(frozen=True, slots=True)
class Line:
    """A queue as the home page shows it: how many wait (at most `MOST`), for how many days the oldest has waited."""

    queue: Queue
    count: int
    oldest_days: int | None

    @property
    def figure(self) -> str:
        """The count as it is shown."""
        return at_most(self.count)

    @property
    def is_late(self) -> bool:
        """Whether the oldest has waited longer than it should."""
        return self.oldest_days is not None and self.oldest_days > self.queue.late_days

    @property
    def age(self) -> str:
        """The age of the oldest in words."""
        if self.oldest_days is None:
            return ""
        return f"最早的已等 {self.oldest_days} 天" if self.oldest_days > 0 else "都是今天的"


def at_most(count: int) -> str:
    """A count that stopped at `MOST` in words."""
    return f"{MOST - 1}+" if count >= MOST else str(count)


def register(queue: Queue) -> Queue:
    """Put a queue on the home page; the same code again replaces it."""
    registry[queue.code] = queue
    return queue


def board(user: Any, *, on: date) -> list[Line]:
    """The queues that this person may act on, in order of registration: one query each, however many rows wait."""
    return list(_lines(user, [one for one in registry.values() if one.is_for(user)], on))


def _lines(user: Any, queues: Iterable[Queue], on: date) -> Iterable[Line]:
    for queue in queues:
        first = queue.rows(user).order_by(F(queue.age_field).asc(nulls_last=True)).values(since=F(queue.age_field))
        found = first[:MOST].aggregate(count=Count("*"), oldest=Min("since"))
        yield Line(queue, found["count"], _days(found["oldest"], on))


def _days(since: date | datetime | None, on: date) -> int | None:
    if since is None:
        return None
    return max((on - (local_day(since) if isinstance(since, datetime) else since)).days, 0)
