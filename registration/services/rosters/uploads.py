"""Files of a roster: accepted at once and left to the worker, cancelled while it works, discarded when not wanted."""

from __future__ import annotations

import hashlib

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.storage import private_storage
from registration.enums import NEXT_UPLOAD, RUNNING, UploadState
from registration.models import HeaderPreset, MarkedFile, RosterRow, RosterUpload

from . import making
from .drafts import CLAUSE, lock_draft

MOST_BYTES = 20 * 1024 * 1024
LONGEST_NAME = 120


@transaction.atomic
def accept_upload(
    roster_id: int, *, name: str, content: bytes, by: Act, preset: HeaderPreset | None = None
) -> RosterUpload:
    """Keep a file, encrypted, and leave it to the worker; nothing in it is looked at here.

    Refuses with file_empty, file_too_big, upload_running (one file of a roster at a time), roster_frozen.
    """
    if not content:
        raise Refusal("file_empty", "文件是空的，请重新选择。", CLAUSE)
    if len(content) > MOST_BYTES:
        most = MOST_BYTES // 1024 // 1024
        raise Refusal("file_too_big", f"文件超过 {most} MB，请删去图片等内容，或分成几个文件上传。", CLAUSE)
    roster = lock_draft(roster_id)
    if roster.uploads.running().exists():
        raise _running()
    upload = RosterUpload(
        roster=roster,
        name=_shown_name(name),
        sha256=hashlib.sha256(content).hexdigest(),
        preset=preset,
        uploaded_at=by.at,
        uploaded_by=by.person,
    )
    upload.file.save("roster.bin", ContentFile(content), save=False)
    try:
        with transaction.atomic():
            upload.save(force_insert=True)
    except IntegrityError as error:
        private_storage.delete(str(upload.file.name))
        raise _running() from error
    record(by, "roster.uploaded", upload, after={"roster": roster.pk, "sha256": upload.sha256, "bytes": len(content)})
    return upload


@transaction.atomic
def cancel_upload(upload_id: int, *, by: Act) -> RosterUpload:
    """Ask the worker to stop; it does so at its next chunk. A file that no worker has is cancelled at once.

    Repeating it changes nothing. Refuses with `wrong_status` once the file has been judged.
    """
    upload = locked_upload(upload_id)
    if upload.state == UploadState.CANCELLED or upload.cancel_asked:
        return upload
    if upload.state not in RUNNING:
        message = f"这个文件现在是“{UploadState(upload.state).label}”，不需要取消。"
        raise Refusal("wrong_status", message, CLAUSE)
    if upload.state == UploadState.QUEUED:
        return end_upload(upload, UploadState.CANCELLED, by=by, action="roster.upload_cancelled")
    upload.cancel_asked = True
    upload.save(update_fields=["cancel_asked"])
    record(by, "roster.upload_cancel_asked", upload, before={"state": upload.state})
    return upload


@transaction.atomic
def discard_upload(upload_id: int, *, by: Act) -> RosterUpload:
    """Put a judged file aside without taking anything of it; its rows and the file go. Repeating it changes nothing.

    Refuses with `wrong_status` while it is worked on and after it was taken, `upload_running` while the next is.
    """
    upload = locked_upload(upload_id)
    if upload.state == UploadState.DISCARDED:
        return upload
    expect_idle(upload.roster_id)
    return end_upload(upload, UploadState.DISCARDED, by=by, action="roster.upload_discarded")


def expect_idle(roster_id: int) -> None:
    """Refuse with `upload_running` while a worker compares the next file of a locked roster with what is there."""
    if RosterUpload.objects.running().filter(roster=roster_id).exists():
        message = "这份名单的下一个文件正在处理，请等待完成，或先取消它，再办理这项操作。"
        raise Refusal("upload_running", message, CLAUSE)


def locked_upload(upload_id: int) -> RosterUpload:
    """The upload, its roster locked first: everything that changes a list waits for the same lock."""
    roster_id = RosterUpload.objects.values_list("roster", flat=True).get(pk=upload_id)
    lock_draft(roster_id)
    rows = RosterUpload.objects.select_for_update(of=("self",)).select_related("roster__institution", "roster__window")
    return rows.get(pk=upload_id)


def move_upload(upload: RosterUpload, state: UploadState, *, by: Act, action: str) -> RosterUpload:
    """Move a locked upload along `enums.NEXT_UPLOAD`, save it whole, write the audit line. Refuses `wrong_status`."""
    before = UploadState(upload.state)
    if state not in NEXT_UPLOAD[before]:
        message = f"这个文件现在是“{before.label}”，不能办理这项操作，请刷新页面查看最新进度。"
        raise Refusal("wrong_status", message, CLAUSE)
    upload.state = state
    upload.save()
    record(by, action, upload, before={"state": before}, after={"state": state})
    return upload


def end_upload(upload: RosterUpload, state: UploadState, *, by: Act, action: str) -> RosterUpload:
    """End an upload that is not taken: its rows go in the transaction, its file after it."""
    name = upload.file.name
    making.drop(MarkedFile.objects.filter(upload=upload))
    RosterRow.objects.filter(upload=upload, is_current=False).delete()
    upload.file = ""
    move_upload(upload, state, by=by, action=action)
    if name:
        transaction.on_commit(lambda: private_storage.delete(name))
    return upload


def _running() -> Refusal:
    return Refusal("upload_running", "这份名单的上一个文件还在处理，请等待完成，或先取消它。", CLAUSE)


def _shown_name(name: str) -> str:
    """The file's own name as it is shown: no folders, nothing unprintable, not endless."""
    plain = "".join(char for char in name.replace("\\", "/").rsplit("/", 1)[-1] if char.isprintable())
    return plain[-LONGEST_NAME:].strip() or "名单"
