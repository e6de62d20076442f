"""The roster, the rooms and the constraints of an arrangement as one canonical file, and its plan as another.

The same facts always give the same bytes. Nobody is named: an entry is a number, an institution is a number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from .seating import plan_seats
from .seating_facts import PersonFact, SeatingPlan, SittingFact

FORMAT = "kupasi-seating/1"


class UnreadableRoster(ValueError):
    """The file is not a roster of an arrangement."""


def roster_bytes(people: Iterable[PersonFact], sittings: Iterable[SittingFact]) -> bytes:
    """Everything besides the seed that a plan depends on."""
    return _canonical(
        {
            "format": FORMAT,
            "people": [_person(one) for one in sorted(people, key=lambda one: one.entry_id)],
            "sittings": [_sitting(one) for one in sorted(sittings, key=lambda one: one.pk)],
        }
    )


def read_roster(data: bytes) -> tuple[list[PersonFact], list[SittingFact]]:
    """The facts of such a file. Raises `UnreadableRoster`."""
    try:
        words = json.loads(data)
        if words["format"] != FORMAT:
            raise UnreadableRoster(str(words["format"]))
        return [_person_of(one) for one in words["people"]], [_sitting_of(one) for one in words["sittings"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableRoster(str(error)) from error


def plan_bytes(plan: SeatingPlan) -> bytes:
    """A plan byte for byte: entry, subject, sitting, number; then who is left over and why."""
    return _canonical({"given": plan.given, "left_over": plan.left_over})


def replayed(data: bytes, *, seed: str) -> bytes:
    """The plan that this seed and this file give, as `plan_bytes`."""
    people, sittings = read_roster(data)
    return plan_bytes(plan_seats(people, sittings, seed=seed))


def sha256(data: bytes) -> str:
    """The SHA-256 of a file, hex."""
    return hashlib.sha256(data).hexdigest()


def commitment(seed: str) -> str:
    """What is published of a seed before it is used: the SHA-256 of its hex digits."""
    return hashlib.sha256(seed.encode()).hexdigest()


def _canonical(words: dict[str, Any]) -> bytes:
    return json.dumps(words, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode() + b"\n"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _person(one: PersonFact) -> dict[str, Any]:
    """What differs from the usual alone, so that a hundred thousand people stay a small file."""
    words: dict[str, Any] = {"entry": one.entry_id, "subjects": one.subject_ids}
    if one.institution_id is not None:
        words["institution"] = one.institution_id
    if not one.has_original:
        words["original"] = False
    if one.has_needs:
        words["needs"] = True
    if one.busy:
        words["busy"] = [[_moment(first), _moment(last)] for first, last in one.busy]
    if one.barred:
        words["barred"] = [[first.isoformat(), last.isoformat()] for first, last in one.barred]
    return words


def _person_of(words: dict[str, Any]) -> PersonFact:
    return PersonFact(
        entry_id=words["entry"],
        subject_ids=tuple(words["subjects"]),
        has_original=words.get("original", True),
        has_needs=words.get("needs", False),
        busy=tuple((datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in words.get("busy", ())),
        barred=tuple((date.fromisoformat(a), date.fromisoformat(b)) for a, b in words.get("barred", ())),
        institution_id=words.get("institution"),
    )


def _sitting(one: SittingFact) -> dict[str, Any]:
    return {
        "sitting": one.pk,
        "subject": one.subject_id,
        "site": one.site_id,
        "on": one.on.isoformat(),
        "starts": _moment(one.starts_at),
        "ends": _moment(one.ends_at),
        "capacity": one.capacity,
        "taken": sorted(one.taken_numbers),
        "cells": sorted([number, row, column] for number, (row, column) in one.cells),
        "accessible": sorted(one.accessible),
        "held": sorted(one.held),
        "away": sorted(one.away),
    }


def _sitting_of(words: dict[str, Any]) -> SittingFact:
    return SittingFact(
        pk=words["sitting"],
        subject_id=words["subject"],
        site_id=words["site"],
        on=date.fromisoformat(words["on"]),
        starts_at=datetime.fromisoformat(words["starts"]),
        ends_at=datetime.fromisoformat(words["ends"]),
        capacity=words["capacity"],
        taken_numbers=frozenset(words["taken"]),
        cells=tuple((number, (row, column)) for number, row, column in words["cells"]),
        accessible=frozenset(words["accessible"]),
        held=tuple((number, institution) for number, institution in words["held"]),
        away=frozenset(words["away"]),
    )
