"""Approving a batch, and letting exactly that out: by hand, or at its moment by the sweep (rules M3, M4; R18)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from exams.enums import ReleaseState
from exams.models import ExamSession, Publication, Release
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.notices.services import Letter, queue_many
from kupasi.people.models import User

from .deadlines import TOLD
from .publication import CLAUSE, judged, release


@transaction.atomic
def approve(
    exam_session_id: int,
    *,
    by: Act,
    expected_hash: str,
    leave_out: Collection[int] = (),
    publish_at: datetime | None = None,
) -> Release:
    """Approve the batch that was looked at; it is frozen, and goes out at `publish_at` or when somebody publishes it.

    The same approval again returns the one that waits. Refuses with `already_approved`, `moment_past`, and what
    publishing refuses with.
    """
    ExamSession.objects.select_for_update().get(pk=exam_session_id)
    waiting = Release.objects.waiting().filter(exam_session=exam_session_id).first()
    if waiting is not None:
        if (waiting.sha256, waiting.publish_at) == (expected_hash, publish_at):
            return waiting
        raise Refusal("already_approved", "该场次已有一批成绩等待公布；要改变的，请先撤回批准。", CLAUSE)
    if publish_at is not None and publish_at <= by.at:
        raise Refusal("moment_past", "公布时间要晚于现在；要立即公布的，请不填公布时间。", CLAUSE)
    batch = judged(exam_session_id, person=by.person, expected_hash=expected_hash, leave_out=leave_out)
    made = Release.objects.create(
        exam_session=batch.exam_session,
        sha256=batch.sha256,
        leave_out=sorted(row.entry.pk for row in batch.rows if row.is_left_out),
        marks=sum(len(row.seats) for row in batch.ready),
        held=len(batch.held),
        approved_by=by.person,
        approved_at=by.at,
        publish_at=publish_at,
    )
    after = {"marks": made.marks, "held": made.held, "sha256": made.sha256, "publish_at": publish_at}
    record(by, "results.approved", made, after=after)
    return made


@transaction.atomic
def publish_approved(release_id: int, *, by: Act) -> Publication:
    """Publish an approved batch, if the rows are still byte for byte what was approved (R18).

    Whoever presses, or for a job the approver, must have entered none of it. Repeating it returns the publication.
    Refuses with `not_waiting`, `too_early` (a job before the moment), and what publishing refuses with.
    """
    approved = _locked(release_id)
    if approved.publication is not None:
        return approved.publication
    if approved.state != ReleaseState.WAITING:
        raise Refusal("not_waiting", "这份批准已经撤回或停止，请重新核对并批准。", CLAUSE)
    if by.actor is None and (approved.publish_at is None or by.at < approved.publish_at):
        raise Refusal("too_early", "还没有到批准的公布时间。", CLAUSE)
    batch = judged(
        approved.exam_session_id,
        person=by.actor or approved.approved_by,
        expected_hash=approved.sha256,
        leave_out=approved.leave_out,
    )
    made = release(batch, person=by.actor or approved.approved_by, by=by)
    _end(approved, ReleaseState.PUBLISHED, by=by, publication=made)
    return made


@transaction.atomic
def withdraw(release_id: int, *, reason: str, by: Act) -> None:
    """Take an approval back before anything is out. Refuses with `not_waiting`, `reason_missing`."""
    approved = _locked(release_id)
    if approved.state != ReleaseState.WAITING:
        raise Refusal("not_waiting", "这份批准已经公布、撤回或停止，请刷新后再看。", CLAUSE)
    if not reason.strip():
        raise Refusal("reason_missing", "撤回批准请写明理由。", CLAUSE)
    _end(approved, ReleaseState.WITHDRAWN, by=by, why=reason.strip()[:200])


def due(at: datetime) -> list[int]:
    """Approved batches whose moment has come."""
    return list(
        Release.objects.waiting().filter(publish_at__lte=at).order_by("publish_at").values_list("pk", flat=True)
    )


def publish_due(release_id: int, *, by: Act) -> Publication | None:
    """Publish a batch whose moment has come; one that is no longer what was approved is stopped, and told once."""
    try:
        return publish_approved(release_id, by=by)
    except Refusal as refusal:
        if refusal.code not in ("too_early", "not_waiting"):
            _stop(release_id, refusal, by=by)
    return None


@transaction.atomic
def _stop(release_id: int, refusal: Refusal, *, by: Act) -> None:
    approved = _locked(release_id)
    if approved.state != ReleaseState.WAITING:
        return
    _end(approved, ReleaseState.STOPPED, by=by, why=refusal.sentence[:200])
    body = f"{approved.exam_session}已批准的成绩没有按时公布：{refusal.sentence}依据：{CLAUSE}。"
    people = User.objects.filter(groups__name__in=TOLD, is_active=True).distinct()
    queue_many(
        by,
        [
            Letter(
                key=f"release-stopped:{approved.pk}:{person.pk}",
                kind="results_flag",
                subject=f"{approved.exam_session}成绩没有按时公布",
                body=body,
                user=person,
                about=approved,
            )
            for person in people
        ],
    )


def _locked(release_id: int) -> Release:
    """The session first, then the approval: the order in which approving takes them."""
    ExamSession.objects.select_for_update().get(releases=release_id)
    rows = Release.objects.select_for_update(of=("self",))
    return rows.select_related("exam_session__occupation", "approved_by", "publication").get(pk=release_id)


def _end(
    approved: Release, state: ReleaseState, *, by: Act, why: str = "", publication: Publication | None = None
) -> None:
    before, approved.state = approved.state, state
    approved.ended_at, approved.ended_by, approved.why, approved.publication = by.at, by.actor, why, publication
    approved.save(update_fields=["state", "ended_at", "ended_by", "why", "publication"])
    record(by, f"results.release_{state.value}", approved, before={"state": before}, after={"state": state}, reason=why)
