"""The worker's part: claim a file, read it in a child process, judge and store it chunk by chunk, compare, finish.

Rows and counters of a chunk are written together, and only by whoever still holds the claim; a file whose worker went
silent is begun anew by the next one, its rows replaced. The roster itself is not touched here.
"""

from __future__ import annotations

import secrets
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import F, Q
from django.db.models.expressions import CombinedExpression

from exams.services.settings import number
from kupasi.acts import Act
from kupasi.collecting import without_collecting
from kupasi.errors import Refusal
from registration.enums import RUNNING, RowChange, UploadState
from registration.models import RosterRow, RosterUpload
from registration.rules.roster_types import Finding
from registration.sheets.cells import FileFinding, FileRefusedError, SheetRow
from registration.sheets.limits import Limits
from registration.sheets.reading import Reading, begin_workbook

from .carrying import Copying, Moving, carrying_for
from .earlier import usable_again
from .judging import Judge, Outcome, roll_of
from .lines import store
from .terms import basis_for, preset_of
from .uploads import end_upload, locked_upload, move_upload

SILENT = timedelta(seconds=60)  # without a sign of life: the worker is gone
MOST_ATTEMPTS = 8  # a database that is away for minutes is no fault of the file
GAVE_UP = FileFinding("processing_failed", "处理这个文件时多次中断。请检查文件后重新上传；仍不行的，请联系业务受理点。")
Clock = Callable[[], datetime]


class LostError(Exception):
    """The claim is somebody else's by now, or the file is to be cancelled: stop without a trace."""


class BrokenError(Exception):
    """Work on a file stopped unexpectedly. Says where and of what kind, never with what: rows hold personal data."""


@dataclass(frozen=True, slots=True)
class Hold:
    """That this worker has the file: the upload as it was claimed, the token, and the running clock."""

    upload: RosterUpload
    token: str
    now: Clock
    by: Act


def due(at: datetime) -> list[int]:
    """Files that nobody works on: those that wait, and those whose worker has been silent."""
    silent = Q(state__in=[UploadState.READING, UploadState.JUDGING], heartbeat__lt=at - SILENT)
    rows = RosterUpload.objects.filter(Q(state=UploadState.QUEUED) | silent)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def process(upload_id: int, *, by: Act, now: Clock) -> None:
    """Work on a file from its beginning to `judged`, `failed` or `cancelled`, if nobody else does.

    `now` is the running clock of the edge. Raises `BrokenError` where something unforeseen stops the work; the file is
    then due again after a minute, eight times in all.
    """
    hold = _claim(upload_id, by=by, now=now)
    if hold is None:
        return
    try:
        with without_collecting():
            _work(hold)
    except LostError:
        _cancel_if_asked(hold)
    except FileRefusedError as refused:
        _fail(hold, *refused.findings)
    except Refusal as refusal:  # the roster was submitted meanwhile
        _fail(hold, FileFinding(refusal.code or "refused", refusal.sentence))
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(last.filename).name}:{last.lineno}"
        raise BrokenError(f"roster upload {upload_id}: {type(error).__name__} at {place}") from None


def _claim(upload_id: int, *, by: Act, now: Clock) -> Hold | None:
    """Take the file by one conditional UPDATE; whatever an earlier worker left of it goes in the same transaction."""
    token, at = secrets.token_hex(16), now()
    silent = Q(state__in=[UploadState.READING, UploadState.JUDGING], heartbeat__lt=at - SILENT)
    with transaction.atomic():
        rows = RosterUpload.objects.filter(Q(state=UploadState.QUEUED) | silent, pk=upload_id)
        won = rows.update(
            state=UploadState.READING, claim=token, heartbeat=at, attempts=F("attempts") + 1, rows=None, read=0,
            judged=0, stored=0, valid=0, invalid=0, new=0, changed=0, unchanged=0, removed=0, findings=[],
        )  # fmt: skip
        if not won:
            return None
        RosterRow.objects.filter(upload=upload_id).delete()
    upload = RosterUpload.objects.select_related("roster__window", "roster__institution", "preset").get(pk=upload_id)
    return Hold(upload, token, now, by)


def _work(hold: Hold) -> None:
    upload = hold.upload
    if upload.cancel_asked:
        raise LostError
    if upload.attempts > MOST_ATTEMPTS:
        raise FileRefusedError(GAVE_UP)
    limits = Limits(rows=number("roster_most_rows"))
    with begin_workbook(_content(upload), preset=preset_of(upload.preset), limits=limits) as reading:
        judge, carrying = _judged(hold, reading)
    _finish(hold, judge, carrying)


def _judged(hold: Hold, reading: Reading) -> tuple[Judge, Copying | Moving]:
    """What the rows are compared with is fetched while the child process looks at the file."""
    upload = hold.upload
    basis = basis_for(upload.roster, on=hold.by.on, preset=upload.preset)
    source = _source(upload, basis.stamp)
    judge = Judge(upload, basis, roll_of(upload.roster_id), usable_again(source))
    carrying = carrying_for(upload, source)
    reading.start()
    findings = [one.as_dict() for one in reading.findings]
    _mine(hold, state=UploadState.JUDGING, rows=reading.rows_expected, findings=findings, stamp=basis.stamp)
    for chunk in reading.chunks():
        _chunk(hold, judge, carrying, chunk)
    passed = [one.as_dict() for one in reading.passed_over()]
    if passed:
        _mine(hold, findings=[*findings, *passed])
    return judge, carrying


def _content(upload: RosterUpload) -> bytes:
    with upload.file.open("rb") as stored:
        return bytes(stored.read())


def _chunk(hold: Hold, judge: Judge, carrying: Copying | Moving, rows: Sequence[SheetRow]) -> None:
    _mine(hold, read=F("read") + len(rows))
    outcome = judge.chunk(rows)
    with transaction.atomic():
        _mine(hold, judged=F("judged") + len(rows), stored=F("stored") + len(rows), **_counts(outcome, len(rows)))
        store(outcome.lines)
        carrying.keep(outcome.carried)


def _counts(outcome: Outcome, rows: int) -> dict[str, CombinedExpression]:
    changes = {one.value: F(one.value) + outcome.changes.get(one, 0) for one in RowChange}
    return {"valid": F("valid") + outcome.valid, "invalid": F("invalid") + rows - outcome.valid, **changes}


def _mine(hold: Hold, **values: object) -> None:
    """Write progress and a sign of life, as long as the claim holds and nobody asked to cancel."""
    rows = RosterUpload.objects.filter(pk=hold.upload.pk, claim=hold.token, cancel_asked=False, state__in=RUNNING)
    if not rows.update(heartbeat=hold.now(), **values):
        raise LostError


@transaction.atomic
def _finish(hold: Hold, judge: Judge, carrying: Copying | Moving) -> None:
    upload = locked_upload(hold.upload.pk)
    _mine(hold)
    carrying.finish()
    _mark_earlier(upload, judge.ledger.earlier())
    upload.refresh_from_db()
    upload.rows = upload.judged  # blank lines are counted until it is known that they are blank
    upload.removed = upload.roster.rows.current().count() - len(judge.roll.met)
    upload.judged_at = hold.now()
    move_upload(upload, UploadState.JUDGED, by=hold.by, action="roster.upload_judged")
    for other in upload.roster.uploads.filter(state=UploadState.JUDGED).exclude(pk=upload.pk):
        end_upload(other, UploadState.DISCARDED, by=hold.by, action="roster.upload_superseded")


def _mark_earlier(upload: RosterUpload, noted: dict[int, tuple[Finding, ...]]) -> None:
    """Rows whose double came later in the file: they were stored before it was met."""
    lines = sorted(noted)
    turned = 0
    for start in range(0, len(lines), 500):
        rows = list(RosterRow.objects.filter(upload=upload, line__in=lines[start : start + 500]))
        for row in rows:
            turned += row.is_valid
            row.findings = [*row.findings, *(one.as_dict() for one in noted[row.line])]
            row.is_valid, row.fee = False, None
        RosterRow.objects.bulk_update(rows, ["findings", "is_valid", "fee"], batch_size=500)
    if turned:
        counts = RosterUpload.objects.filter(pk=upload.pk)
        counts.update(valid=F("valid") - turned, invalid=F("invalid") + turned)


def _source(upload: RosterUpload, stamp: str) -> RosterUpload | None:
    """The last file of the roster whose judgement would be the same today."""
    rows = RosterUpload.objects.filter(roster=upload.roster_id, preset=upload.preset_id, stamp=stamp)
    return rows.filter(state__in=[UploadState.JUDGED, UploadState.TAKEN]).order_by("-pk").first()


def _cancel_if_asked(hold: Hold) -> None:
    with transaction.atomic():
        upload = RosterUpload.objects.select_for_update().get(pk=hold.upload.pk)
        if upload.claim == hold.token and upload.cancel_asked and upload.state in RUNNING:
            end_upload(upload, UploadState.CANCELLED, by=hold.by, action="roster.upload_cancelled")


def _fail(hold: Hold, *findings: FileFinding) -> None:
    with transaction.atomic():
        upload = RosterUpload.objects.select_for_update().get(pk=hold.upload.pk)
        if upload.claim == hold.token and upload.state in RUNNING:
            upload.findings = [one.as_dict() for one in findings]
            end_upload(upload, UploadState.FAILED, by=hold.by, action="roster.upload_failed")
