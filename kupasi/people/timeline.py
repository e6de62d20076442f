"""Everything that happened with a person, on one line of time: each app tells what it knows of (screens, office)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .models import Candidate


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: when, what sort of thing, in words, with what detail; the page behind it; its tone."""

    at: datetime
    sort: str
    what: str
    detail: str = ""
    url: str = ""
    tone: str = ""


Source = Callable[[Candidate, Any], Iterable[Event]]
sources: dict[str, Source] = {}


def register(code: str, source: Source) -> None:
    """Add what an app knows; `source(person, user)` asks as often for many rows as for few, and only what `user` may
    see. The same code again replaces it."""
    sources[code] = source


def of(person: Candidate, *, user: Any) -> list[Event]:
    """The person's events as this user may see them, the newest first."""
    found = [event for source in sources.values() for event in source(person, user)]
    return sorted(found, key=lambda one: one.at, reverse=True)
