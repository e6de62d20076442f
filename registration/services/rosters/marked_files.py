"""Marked workbooks of large files: asked for, made by the worker with a true count, fetched as often as wanted (R14).

A small one is made while its reader waits; a hundred thousand rows take the better part of a minute, and no request
does. A worker that dies is followed by the next one, which begins anew; what is half made was never kept.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F, Q, QuerySet

from kupasi.acts import Act
from kupasi.audit.models import Entry
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.storage import private_storage
from registration.enums import MAKING_RUNS, MakingState, UploadState
from registration.models import MarkedFile, RosterUpload

from .drafts import CLAUSE
from .workbooks import write_marked_for

AT_ONCE = 5000  # rows: above it the worker makes the workbook
KEPT = timedelta(days=7)
SILENT = timedelta(seconds=60)
MOST_ATTEMPTS = 3
STEP = 500
JUDGED = (UploadState.JUDGED, UploadState.TAKEN)
EDITS = ("roster.row_edited", "roster.rows_rechecked")
Clock = Callable[[], datetime]


class LostError(Exception):
    """Another worker makes the workbook by now, or nobody wants it any more."""


def is_large(upload: RosterUpload) -> bool:
    """Whether its marked workbook is made by the worker."""
    return (upload.rows or 0) > AT_ONCE


def current(upload: RosterUpload) -> MarkedFile | None:
    """What was asked for, unless rows were changed since it was begun."""
    found = MarkedFile.objects.filter(upload=upload).first()
    if found is None or found.state != MakingState.READY:
        return found
    lines = Entry.objects.filter(object_type=upload._meta.label_lower, object_id=str(upload.pk), action__in=EDITS)
    return None if lines.filter(at__gte=found.begun_at).exists() else found


@transaction.atomic
def ask(upload_id: int, *, by: Act) -> MarkedFile:
    """Have the workbook made, unless it is being made or stands ready as the rows are. Refuses with `wrong_status`."""
    upload = RosterUpload.objects.select_for_update().get(pk=upload_id)
    if upload.state not in JUDGED:
        raise Refusal("wrong_status", "文件还没有核对完成，或已经放弃，没有可以标注的内容。", CLAUSE)
    found = current(upload)
    if found is not None and found.state != MakingState.FAILED:
        return found
    drop(MarkedFile.objects.filter(upload=upload))
    made = MarkedFile.objects.create(
        upload=upload, total=upload.valid + upload.invalid, asked_at=by.at, asked_by=by.person
    )
    record(by, "roster.marked_asked", upload, after={"rows": made.total})
    return made


def content(upload: RosterUpload, made: MarkedFile | None) -> bytes:
    """The workbook that was made before, or else made now."""
    if made is not None:
        with made.file.open("rb") as stored:
            return bytes(stored.read())
    out = io.BytesIO()
    write_marked_for(upload, out)
    return out.getvalue()


def due(at: datetime) -> list[int]:
    """Workbooks that nobody makes: those that wait, and those whose worker has been silent."""
    return list(_free(at).order_by("pk").values_list("pk", flat=True))


def process(marked_id: int, *, now: Clock) -> None:
    """Make one workbook, if nobody else does."""
    at, token = now(), secrets.token_hex(16)
    fresh = {"state": MakingState.MAKING, "claim": token, "heartbeat": at, "begun_at": at, "done": 0}
    if not _free(at).filter(pk=marked_id).update(attempts=F("attempts") + 1, **fresh):
        return
    row = MarkedFile.objects.select_related("upload__roster").get(pk=marked_id)
    if row.attempts > MOST_ATTEMPTS:
        _mine(row, token, state=MakingState.FAILED)
        return
    out = io.BytesIO()
    try:
        write_marked_for(row.upload, out, each=lambda rows: _counted(rows, row, token, now))
        _keep(row, token, out.getvalue())
    except LostError:
        return


def drop(rows: QuerySet[MarkedFile]) -> None:
    """Let made workbooks go, their files after the commit."""
    for row in rows:
        name = row.file.name
        row.delete()
        if name:
            transaction.on_commit(lambda name=name: private_storage.delete(name))  # type: ignore[misc]


@transaction.atomic
def drop_old(at: datetime) -> None:
    """A week after it was asked for a workbook goes; it can be made again."""
    drop(MarkedFile.objects.filter(asked_at__lt=at - KEPT).exclude(state__in=MAKING_RUNS))


def _counted(rows: Iterable[Any], row: MarkedFile, token: str, now: Clock) -> Iterable[Any]:
    for number, one in enumerate(rows, start=1):
        yield one
        if number % STEP == 0:
            _mine(row, token, done=min(number, row.total), heartbeat=now())


@transaction.atomic
def _keep(row: MarkedFile, token: str, content: bytes) -> None:
    _mine(row, token, state=MakingState.READY, done=F("total"))
    kept = MarkedFile.objects.get(pk=row.pk)
    kept.file.save("marked.bin", ContentFile(content), save=False)
    kept.save(update_fields=["file"])


def _free(at: datetime) -> QuerySet[MarkedFile]:
    silent = Q(state=MakingState.MAKING, heartbeat__lt=at - SILENT)
    return MarkedFile.objects.filter(Q(state=MakingState.QUEUED) | silent)


def _mine(row: MarkedFile, token: str, **values: Any) -> None:
    """Write progress and a sign of life, as long as the claim holds."""
    if not MarkedFile.objects.filter(pk=row.pk, claim=token, state=MakingState.MAKING).update(**values):
        raise LostError
