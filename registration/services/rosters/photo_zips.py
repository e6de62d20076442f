"""Zips of portraits: accepted at once, worked off picture by picture, with a reason for each one that was not used."""

from __future__ import annotations

import io
import json
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.photos import check_photo
from kupasi.people.storage import private_storage
from registration.enums import PHOTOS_RUNNING, PhotoZipState
from registration.models import RosterPhotoZip, RosterRow
from registration.sheets.cells import FileFinding, FileRefusedError
from registration.sheets.photo_zip import PhotoAnswer, PhotoLimits, PhotoOutcome, PhotoPerson, read_photos

from .contents import contents
from .drafts import CLAUSE, lock_draft
from .portraits import keep_content

MOST_BYTES = 60 * 1024 * 1024
LIMITS = PhotoLimits(file_bytes=MOST_BYTES)
SILENT = timedelta(seconds=60)
MOST_ATTEMPTS = 3
MOST_ANSWERS = 2000  # more than that: the zip was made for another list
GAVE_UP = FileFinding("processing_failed", "处理照片包时多次中断，请拆成几个较小的压缩包重新上传。")
Clock = Callable[[], datetime]


class LostError(Exception):
    """Another worker has the zip by now."""


def accept_photos(roster_id: int, *, content: bytes, by: Act) -> RosterPhotoZip:
    """Keep a zip, encrypted, and leave it to the worker.

    Refuses with file_empty, file_too_big, upload_running, roster_frozen.
    """
    if not content:
        raise Refusal("file_empty", "文件是空的，请重新选择。", CLAUSE)
    if len(content) > MOST_BYTES:
        most = MOST_BYTES // 1024 // 1024
        raise Refusal("file_too_big", f"照片包超过 {most} MB，请按班级拆成几个上传。", CLAUSE)
    with transaction.atomic():
        roster = lock_draft(roster_id)
        if RosterPhotoZip.objects.filter(roster=roster, state__in=PHOTOS_RUNNING).exists():
            raise Refusal("upload_running", "上一个照片包还在处理，请稍候再传。", CLAUSE)
        row = RosterPhotoZip(roster=roster, uploaded_at=by.at, uploaded_by=by.person)
        row.file.save("photos.bin", ContentFile(content), save=False)
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError as error:
            private_storage.delete(str(row.file.name))
            raise Refusal("upload_running", "上一个照片包还在处理，请稍候再传。", CLAUSE) from error
        record(by, "roster.photos_uploaded", row, after={"roster": roster.pk, "bytes": len(content)})
        return row


def due(at: datetime) -> list[int]:
    """Zips that nobody works on: those that wait, and those whose worker has been silent."""
    return list(_free(at).order_by("pk").values_list("pk", flat=True))


def process(zip_id: int, *, now: Clock) -> None:
    """Work a zip off, if nobody else does; a picture kept twice is kept once, so that beginning anew does no harm."""
    at, token = now(), secrets.token_hex(16)
    fresh = {"state": PhotoZipState.WORKING, "claim": token, "heartbeat": at, "done": 0, "matched": 0}
    if not _free(at).filter(pk=zip_id).update(attempts=F("attempts") + 1, **fresh):
        return
    row = RosterPhotoZip.objects.select_related("roster", "uploaded_by").get(pk=zip_id)
    try:
        if row.attempts > MOST_ATTEMPTS:
            raise FileRefusedError(GAVE_UP)
        answers = _work(row, token, now)
    except LostError:
        return
    except FileRefusedError as refused:
        _end(row, token, now, state=PhotoZipState.FAILED, findings=[refused.finding.as_dict()])
    except Refusal as refusal:  # the roster was handed in meanwhile
        finding = FileFinding(str(refusal.code), refusal.sentence)
        _end(row, token, now, state=PhotoZipState.FAILED, findings=[finding.as_dict()])
    else:
        _end(row, token, now, state=PhotoZipState.DONE, answers=json.dumps(answers, ensure_ascii=False))


def answers_of(row: RosterPhotoZip) -> list[dict[str, str]]:
    """The pictures that were not used: file, outcome in words, code, message; for those who may see the roster."""
    return list(json.loads(row.answers)) if row.answers else []


def _work(row: RosterPhotoZip, token: str, now: Clock) -> list[dict[str, str]]:
    told: list[dict[str, str]] = []
    with row.file.open("rb") as stored:
        content = io.BytesIO(stored.read())
    for answer in read_photos(content, people=_people(row), check=check_photo, limits=LIMITS):
        used = answer.outcome is PhotoOutcome.MATCHED
        with transaction.atomic():
            _mine(row, token, now, done=F("done") + 1, matched=F("matched") + int(used))
            if used:
                _keep(row, answer, now)
        if not used and len(told) < MOST_ANSWERS:
            told.append(_words(answer))
    return told


def _people(row: RosterPhotoZip) -> Iterator[PhotoPerson]:
    for one in RosterRow.objects.current().filter(roster=row.roster).iterator(chunk_size=1000):
        yield PhotoPerson(one.number_index, contents(one).values.number, one.name)


def _keep(row: RosterPhotoZip, answer: PhotoAnswer, now: Clock) -> None:
    by = Act(actor=row.uploaded_by, at=now(), job="roster-photos")
    roster = lock_draft(row.roster_id)
    for index in dict.fromkeys(answer.keys):
        keep_content(roster, str(index), answer.photo, by=by)


def _words(answer: PhotoAnswer) -> dict[str, str]:
    return {
        "file": answer.file,
        "outcome": answer.outcome.label,
        "code": answer.code,
        "message": answer.message,
    }


def _free(at: datetime) -> Any:
    silent = Q(state=PhotoZipState.WORKING, heartbeat__lt=at - SILENT)
    return RosterPhotoZip.objects.filter(Q(state=PhotoZipState.QUEUED) | silent)


def _mine(row: RosterPhotoZip, token: str, now: Clock, **values: Any) -> None:
    """Write progress and a sign of life, as long as the claim holds."""
    rows = RosterPhotoZip.objects.filter(pk=row.pk, claim=token, state=PhotoZipState.WORKING)
    if not rows.update(heartbeat=now(), **values):
        raise LostError


@transaction.atomic
def _end(row: RosterPhotoZip, token: str, now: Clock, *, state: PhotoZipState, **values: Any) -> None:
    found = RosterPhotoZip.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if found.claim != token or found.state != PhotoZipState.WORKING:
        return
    name = found.file.name
    found.state, found.file = state, ""
    found.findings, found.answers = values.get("findings", []), values.get("answers", "")
    found.save(update_fields=["state", "file", "findings", "answers"])
    by = Act(actor=row.uploaded_by, at=now(), job="roster-photos")
    record(by, "roster.photos_worked", found, after={"state": state, "done": found.done, "matched": found.matched})
    if name:
        transaction.on_commit(lambda: private_storage.delete(name))
