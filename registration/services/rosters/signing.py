"""Signing the 资格初审 of a roster, submitting it inside the window, taking it back before (rules E4, C2).

Four eyes are kept per person: whoever sent or took a file of the roster does not sign it. What is signed is named by a
hash of exactly the rows that were shown; another row, another value, another portrait, and the signature is void.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import transaction
from django.db.models import Q

from exams.rules import find_window, judge_window
from exams.services.calendar import public_windows
from kupasi.acts import Act
from kupasi.audit.models import Entry
from kupasi.audit.services import record
from kupasi.errors import Refusal, raise_first
from kupasi.notices.services import queue
from kupasi.people.models import Membership, Photo, User
from kupasi.people.roles import may
from registration.enums import RUNNING, RosterStatus, UploadState
from registration.models import Roster, RosterRow, RosterUpload

from .drafts import CLAUSE, lock_draft, move_roster, reopen

EDITED = "roster.row_edited"
FIELDS = ("pk", "number_index", "name", "class_name", "occupation_id", "kind", "subjects", "fee", "fingerprint")


def list_hash(roster_id: int) -> str:
    """SHA-256 of the roster's current rows and portraits, in the order of their keys: what a signature stands for."""
    digest = hashlib.sha256()
    rows = RosterRow.objects.current().filter(roster=roster_id, objected_at=None).order_by("pk")
    for row in rows.values_list(*FIELDS).iterator(chunk_size=2000):
        digest.update(json.dumps(row, default=str, ensure_ascii=False).encode() + b"\n")
    for photo in Roster.objects.get(pk=roster_id).photos.order_by("number_index").values_list("number_index", "sha256"):
        digest.update(json.dumps(photo).encode() + b"\n")
    return digest.hexdigest()


def without_photo(roster_id: int) -> Any:
    """The current rows of people of whom no portrait is at hand, neither sent nor kept with an own person."""
    roster = Roster.objects.get(pk=roster_id)
    sent = roster.photos.values("number_index")
    kept = Photo.objects.exclude(file="").filter(candidate__institution=roster.institution_id)
    rows = RosterRow.objects.current().filter(roster=roster_id, objected_at=None)
    return rows.exclude(number_index__in=sent).exclude(
        number_index__in=kept.values("candidate__documents__number_index")
    )


def may_sign(user: User, roster: Roster) -> bool:
    """Whether this approver neither sent nor took a file of the roster."""
    return may(user, "batch.confirm") and not _touched(user, roster)


@transaction.atomic
def sign(roster_id: int, *, seen: str, by: Act) -> Roster:
    """Sign the list whose hash was shown. Repeating it returns what is there.

    Refuses with `not_allowed`, `four_eyes`, `roster_frozen`, `upload_running`, `roster_empty`, `photo_missing`,
    `stale` (the list is not the one that was shown).
    """
    roster = lock_draft(roster_id)
    _expect_approver(roster, by=by)
    if roster.status == RosterStatus.SIGNED:
        return roster
    _expect_complete(roster)
    if list_hash(roster.pk) != seen:
        raise Refusal("stale", "名单在您查看之后有改动，请重新核对后再签署。", CLAUSE)
    roster.signed_at, roster.signed_by, roster.signed_hash = by.at, by.person, seen
    return move_roster(roster, RosterStatus.SIGNED, by=by, action="roster.signed")


@transaction.atomic
def unsign(roster_id: int, *, by: Act) -> Roster:
    """Take a signature back before the submission. Refuses with `not_allowed`, `roster_frozen`."""
    roster = lock_draft(roster_id)
    if not may(by.person, "batch.confirm") or not _is_of(by.person, roster):
        raise Refusal("not_allowed", "只有本机构的审核人可以撤销签署。", CLAUSE)
    return reopen(roster, by=by)


@transaction.atomic
def submit(roster_id: int, *, by: Act) -> Roster:
    """Hand in the signed list; the moment decides whether the window is open, and the list is frozen (rules C2).

    Repeating it returns what is there. Refuses with `not_allowed`, `four_eyes`, `wrong_status` (not signed),
    `no_open_window` (names the next), `stale`.
    """
    roster = Roster.objects.select_for_update(of=("self",)).select_related("window", "institution").get(pk=roster_id)
    if roster.status in {RosterStatus.SUBMITTED, RosterStatus.REVIEWED}:
        return roster
    _expect_approver(roster, by=by)
    if roster.status != RosterStatus.SIGNED:
        raise Refusal("wrong_status", "名单还没有签署资格初审，请审核人核对签署后再提交。", CLAUSE)
    _expect_open(roster, by=by)
    if list_hash(roster.pk) != roster.signed_hash:
        raise Refusal("stale", "名单在签署之后有改动，请撤销签署、重新核对后再提交。", CLAUSE)
    roster.submitted_at, roster.submitted_by = by.at, by.person
    move_roster(roster, RosterStatus.SUBMITTED, by=by, action="roster.submitted")
    tell(
        roster,
        by=by,
        what="submitted",
        subject="团体申报已提交",
        body=f"名单 {roster.number} 已提交，不能再改动。业务受理点审核后会来信告知结果和应缴金额。依据：通知 二(二)。",
    )
    return roster


@transaction.atomic
def withdraw(roster_id: int, *, by: Act) -> Roster:
    """Give up a list that was not submitted: its people are free for another. Refuses `not_allowed`, `roster_frozen`.

    The rows go; a file that a worker has must be cancelled first (`upload_running`).
    """
    roster = lock_draft(roster_id)
    if not may(by.person, "batch.upload") or not _is_of(by.person, roster):
        raise Refusal("not_allowed", "只有本机构的人员可以撤回名单。", CLAUSE)
    if roster.uploads.filter(state__in=RUNNING).exists():
        raise Refusal("upload_running", "还有文件正在处理，请先取消它再撤回名单。", CLAUSE)
    RosterRow.objects.filter(roster=roster, is_current=True).update(is_current=False, claim=None)
    return move_roster(roster, RosterStatus.WITHDRAWN, by=by, action="roster.withdrawn")


def tell(roster: Roster, *, by: Act, what: str, subject: str, body: str) -> None:
    """A letter to everybody who acts for the roster's institution; it names nobody."""
    for user in User.objects.filter(membership__institution=roster.institution_id, is_active=True):
        key = f"roster.{what}:{roster.pk}:{user.pk}:{int(by.at.timestamp())}"
        url = f"/institution/rosters/{roster.pk}/"
        queue(by, key=key, kind=f"roster.{what}", subject=subject, body=body, user=user, url=url, about=roster)


def _expect_approver(roster: Roster, *, by: Act) -> None:
    if not may(by.person, "batch.confirm") or not _is_of(by.person, roster):
        raise Refusal("not_allowed", "只有本机构的审核人可以签署和提交名单。", CLAUSE)
    if _touched(by.person, roster):
        message = "您上传或采用过这份名单的文件，不能自己签署。请由本机构另一位审核人签署。"
        raise Refusal("four_eyes", message, CLAUSE)


def _is_of(user: User, roster: Roster) -> bool:
    return Membership.objects.filter(user=user, institution=roster.institution_id, institution__is_active=True).exists()


def _touched(user: User, roster: Roster) -> bool:
    """Whether somebody sent, took or repaired what stands on the list (matrix: batch.confirm)."""
    files = RosterUpload.objects.filter(roster=roster, state=UploadState.TAKEN)
    if roster.taken_by_id == user.pk or files.filter(Q(uploaded_by=user) | Q(taken_by=user)).exists():
        return True
    keys = [str(pk) for pk in files.values_list("pk", flat=True)]
    edited = Entry.objects.filter(object_type=RosterUpload._meta.label_lower, object_id__in=keys, actor=user)
    return edited.filter(action=EDITED).exists()


def _expect_complete(roster: Roster) -> None:
    waiting = roster.uploads.filter(state__in=[*RUNNING, UploadState.JUDGED])
    if waiting.exists():
        raise Refusal("upload_running", "还有一个文件没有处理完，请先采用或放弃它，再签署名单。", CLAUSE)
    if not RosterRow.objects.current().filter(roster=roster, objected_at=None).exists():
        raise Refusal("roster_empty", "名单中还没有人员，请先上传文件并采用。", CLAUSE)
    missing = without_photo(roster.pk).count()
    if missing:
        message = f"还有 {missing} 人没有照片，准考证无法制作。请上传照片包后再签署。"
        raise Refusal("photo_missing", message, "通知 二(五)", missing=missing)


def _expect_open(roster: Roster, *, by: Act) -> None:
    windows = public_windows()
    closed = judge_window(by.at, windows)
    raise_first([closed] if closed else [])
    window = find_window(by.on, windows).window
    if window is None or (window.opens_on, window.exam_month) != (roster.window.opens_on, roster.window.exam_month):
        day = roster.window.opens_on
        over = roster.window.closes_on < by.on
        message = (
            "这份名单对应的申报时间段已经截止，请在现在的时间段里新建名单。"
            if over
            else f"这份名单对应的申报时间段 {day.year} 年 {day.month} 月 {day.day} 日才开始，请届时提交。"
        )
        raise Refusal("no_open_window", message, "通知 附件1")


def record_download(by: Act, roster: Roster, *, what: str) -> None:
    """That a file with people's data left the system: whole numbers stand in it (section 10)."""
    with transaction.atomic():
        record(by, f"roster.download_{what}", roster)
