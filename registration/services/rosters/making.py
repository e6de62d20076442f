"""How the worker makes a file for an institution: claimed, with a sign of life and a true count, kept for a week.

A worker that dies is followed by the next one, which begins anew; what is half made was never kept.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F, Q, QuerySet

from kupasi.people.storage import private_storage
from registration.enums import MAKING_RUNS, MakingState
from registration.models import ListFile, MarkedFile

KEPT = timedelta(days=7)
SILENT = timedelta(seconds=60)
MOST_ATTEMPTS = 3
STEP = 500
Clock = Callable[[], datetime]
Made = TypeVar("Made", ListFile, MarkedFile)
Row = TypeVar("Row")


class LostError(Exception):
    """Another worker makes the file by now, or nobody wants it any more."""


def due(files: QuerySet[Made], at: datetime) -> list[int]:
    """Files that nobody makes: those that wait, and those whose worker has been silent."""
    return list(_free(files, at).order_by("pk").values_list("pk", flat=True))


def begin(files: QuerySet[Made], pk: int, *, now: Clock) -> Made | None:
    """The file, claimed by one conditional UPDATE; None if somebody has it, or it was begun too often."""
    at, token = now(), secrets.token_hex(16)
    fresh = {"state": MakingState.MAKING, "claim": token, "heartbeat": at, "begun_at": at, "done": 0}
    if not _free(files, at).filter(pk=pk).update(attempts=F("attempts") + 1, **fresh):
        return None
    row = files.get(pk=pk)
    if row.attempts > MOST_ATTEMPTS:
        mine(row, state=MakingState.FAILED)
        return None
    return row


def counted(rows: Iterable[Row], made: Made, *, now: Clock) -> Iterator[Row]:
    """The same rows; how many have passed is written as they pass."""
    for number, one in enumerate(rows, start=1):
        yield one
        if number % STEP == 0:
            mine(made, done=min(number, made.total), heartbeat=now())


@transaction.atomic
def keep(made: Made, content: bytes, **values: Any) -> None:
    """Keep what was made, if the claim still holds."""
    mine(made, state=MakingState.READY, done=F("total"), **values)
    kept = type(made)._default_manager.get(pk=made.pk)
    kept.file.save("made.bin", ContentFile(content), save=False)
    kept.save(update_fields=["file"])


def drop(files: QuerySet[Made]) -> None:
    """Let made files go, their content after the commit."""
    for row in files:
        name = row.file.name
        row.delete()
        if name:
            transaction.on_commit(partial(private_storage.delete, name))


@transaction.atomic
def drop_old(files: QuerySet[Made], at: datetime) -> None:
    """A week after it was asked for a file goes; it can be made again."""
    drop(files.filter(asked_at__lt=at - KEPT).exclude(state__in=MAKING_RUNS))


def mine(made: Made, **values: Any) -> None:
    """Write progress and a sign of life, as long as the claim holds."""
    files = type(made)._default_manager.filter(pk=made.pk, claim=made.claim, state=MakingState.MAKING)
    if not files.update(**values):
        raise LostError


def _free(files: QuerySet[Made], at: datetime) -> QuerySet[Made]:
    silent = Q(state=MakingState.MAKING, heartbeat__lt=at - SILENT)
    return files.filter(Q(state=MakingState.QUEUED) | silent)
