"""Marked workbooks of large files: asked for, made by the worker with a true count, fetched as often as wanted (R14).

A small one is made while its reader waits; a hundred thousand rows take the better part of a minute, and no request
does.
"""

from __future__ import annotations

import io
from datetime import datetime

from django.db import transaction

from kupasi.acts import Act
from kupasi.audit.models import Entry
from kupasi.audit.services import record
from kupasi.errors import Refusal
from registration.enums import MakingState, UploadState
from registration.models import MarkedFile, RosterUpload

from . import making
from .drafts import CLAUSE
from .workbooks import write_marked_for

AT_ONCE = 5000  # rows: above it the worker makes the workbook
JUDGED = (UploadState.JUDGED, UploadState.TAKEN)
EDITS = ("roster.row_edited", "roster.rows_rechecked")


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
    making.drop(MarkedFile.objects.filter(upload=upload))
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
    """Those that nobody makes."""
    return making.due(MarkedFile.objects.all(), at)


def drop_old(at: datetime) -> None:
    """Let those go that are past their week."""
    making.drop_old(MarkedFile.objects.all(), at)


def process(marked_id: int, *, now: making.Clock) -> None:
    """Make one workbook, if nobody else does."""
    row = making.begin(MarkedFile.objects.select_related("upload__roster"), marked_id, now=now)
    if row is None:
        return
    out = io.BytesIO()
    try:
        write_marked_for(row.upload, out, each=lambda rows: making.counted(rows, row, now=now))
        making.keep(row, out.getvalue())
    except making.LostError:
        return
