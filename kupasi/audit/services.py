"""Writing the record, sealing it into a chain, and checking the chain."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction

from kupasi.acts import Act

from .models import Entry, Seal

GENESIS = "0" * 64
CHUNK = 1000
_waiting: ContextVar[list[Entry] | None] = ContextVar("lines waiting for the end of their block", default=None)


def record(
    by: Act,
    action: str,
    obj: models.Model,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> Entry:
    """Write the one line of a change, in the caller's transaction. No document numbers, phones or names in it."""
    entry = compose(by, action, obj, before=before, after=after, reason=reason)
    waiting = _waiting.get()
    if waiting is None:
        entry.save(force_insert=True)
    else:
        waiting.append(entry)
    return entry


@contextmanager
def gathered() -> Iterator[None]:
    """Write the lines of the changes in this block with one statement at its end, in the caller's transaction.

    Where the block is left by an error nothing was written of it, and the transaction takes the changes back.
    """
    entries: list[Entry] = []
    token = _waiting.set(entries)
    try:
        yield
    finally:
        _waiting.reset(token)
    record_many(entries)


def record_many(entries: list[Entry]) -> None:
    """Write the composed lines of a bulk change with one statement."""
    Entry.objects.bulk_create(entries, batch_size=CHUNK)


def compose(
    by: Act,
    action: str,
    obj: models.Model,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> Entry:
    """The line of a change, not yet written, its digest taken over everything that it says."""
    entry = Entry(
        at=by.at,
        actor=by.actor,
        job=by.job,
        address=by.address,
        action=action,
        object_type=obj._meta.label_lower,
        object_id=str(obj.pk),
        before=_plain(before or {}),
        after=_plain(after or {}),
        reason=reason,
    )
    entry.digest = digest(entry)
    return entry


def digest(entry: Entry) -> str:
    """SHA-256 over the entry's words in canonical JSON."""
    words = {
        "at": int(entry.at.timestamp() * 1_000_000),
        "actor": entry.actor_id,
        "job": entry.job,
        "address": entry.address,
        "action": entry.action,
        "object": [entry.object_type, entry.object_id],
        "before": entry.before,
        "after": entry.after,
        "reason": entry.reason,
    }
    text = json.dumps(words, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def seal(*, limit: int = 20_000) -> int:
    """Bind the entries that have no seal yet to the chain, in order; returns how many.

    Sealing follows the writing by a minute at most, so that one chain does not make every transaction wait in line.
    """
    last = Seal.objects.select_for_update().order_by("-position").first()
    position, chain = (last.position, last.chain) if last else (0, GENESIS)
    links = []
    for entry in Entry.objects.filter(seal=None).order_by("pk")[:limit]:
        position, chain = position + 1, link(chain, entry.digest)
        links.append(Seal(position=position, entry=entry, chain=chain))
    Seal.objects.bulk_create(links, batch_size=CHUNK)
    return len(links)


def link(chain: str, words: str) -> str:
    """The next link of the chain."""
    return hashlib.sha256(f"{chain}{words}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether history is whole: how many links were checked, and the first that does not fit."""

    checked: int
    broken_entry: int | None = None
    why: str = ""

    @property
    def whole(self) -> bool:
        """True when every link fits."""
        return self.broken_entry is None and not self.why


def verify() -> Verdict:
    """Walk the chain from its start and name the first entry that was altered, removed or put in between."""
    chain, position = GENESIS, 0
    links = Seal.objects.select_related("entry").order_by("position").iterator(chunk_size=CHUNK)
    for chunk in _chunks(links):
        for one in chunk:
            position += 1
            if one.position != position:
                return Verdict(position - 1, one.entry_id, "链中缺少一环")
            if digest(one.entry) != one.entry.digest:
                return Verdict(position - 1, one.entry_id, "记录内容被改动")
            chain = link(chain, one.entry.digest)
            if chain != one.chain:
                return Verdict(position - 1, one.entry_id, "链值不符")
    return Verdict(position)


def _chunks(links: Iterator[Seal]) -> Iterator[list[Seal]]:
    while chunk := list(islice(links, CHUNK)):
        yield chunk


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as JSON gives them back, so that a digest taken now fits a row read later."""
    return dict(json.loads(json.dumps(dict(values), cls=DjangoJSONEncoder)))
