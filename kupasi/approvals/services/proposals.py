"""Asked by one, approved by another, carried out in the same transaction, exactly as it was shown (权限表)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import astuple
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, models, transaction

from kupasi.acts import Act
from kupasi.approvals import kinds
from kupasi.approvals.enums import ProposalStatus
from kupasi.approvals.kinds import Granted, Kind, Line
from kupasi.approvals.models import Proposal
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.crypto import blind_index

from . import letters

CLAUSE = "权限表"
REASON_LENGTH = 200
STALE = "提出申请之后情况有变化，请重新核对后再提出。"
S = ProposalStatus


@transaction.atomic
def ask(
    by: Act, *, kind: str, about: models.Model | None, payload: Mapping[str, Any], reason: str, key: str = ""
) -> Proposal:
    """Ask for an act that another person must approve; it is tried out first, so that what cannot be is said at once.

    `about` is the object; for one that does not exist yet `key` tells two askings apart. Refuses `not_allowed`,
    `reason_missing`, `already_asked`, and as the act itself does.
    """
    wanted, text = kinds.get(kind), _reason(reason)
    _judge_asker(wanted, about, by=by)
    thing = wanted.locked(about.pk if about is not None else key)
    lines = wanted.describe(thing, payload)
    proposal = Proposal(
        kind=kind,
        about_type=wanted.model._meta.label_lower,
        about_id=str(about.pk) if about is not None else key,
        about_text=str(thing)[:120] if thing is not None else "",
        content=_content(payload, lines),
        state_digest=_digest(wanted.state(thing, payload)),
        reason=text,
        needs_two=len(wanted.seats) > 1,
        asked_by=by.person,
        asked_at=by.at,
    )
    proposal.digest = _digest_of(proposal)
    _save_open(proposal)
    if wanted.rehearse:
        _rehearse(wanted, thing, proposal, by=by)
    record(by, "proposal.asked", proposal, after=_after(proposal), reason=text)
    return proposal


def approve(proposal_id: int, *, seen: str, by: Act, reason: str = "") -> Proposal:
    """Approve what was shown (`seen` is its digest) and carry it out; the approver's repeated call changes nothing.

    Where two must approve, the first approval waits for the second. What changed since the asking fails with `stale`
    and must be asked again. Refuses `four_eyes`, `not_allowed`, `wrong_status`, `altered`, and as the act itself does.
    """
    with transaction.atomic():
        proposal, refused = _approve(proposal_id, seen=seen, by=by, reason=reason)
    if refused is not None:
        raise refused
    return proposal


@transaction.atomic
def refuse(proposal_id: int, *, reason: str, by: Act) -> Proposal:
    """Decline what was asked; nothing changes but the proposal. Refuses `four_eyes`, `not_allowed`, `wrong_status`."""
    proposal, text = _lock(proposal_id), _reason(reason)
    if proposal.status == S.REFUSED and proposal.decided_by_id == by.person.pk:
        return proposal
    _expect_open(proposal)
    _judge_approver(proposal, kinds.get(proposal.kind), by=by)
    return _close(proposal, S.REFUSED, reason=text, by=by)


@transaction.atomic
def withdraw(proposal_id: int, *, by: Act, reason: str = "") -> Proposal:
    """Take back what one asked for oneself. Refuses `not_allowed`, `wrong_status`."""
    proposal = _lock(proposal_id)
    if proposal.status == S.WITHDRAWN:
        return proposal
    if proposal.asked_by_id != by.person.pk:
        raise Refusal("not_allowed", "只有申请人本人可以撤回。", CLAUSE)
    _expect_open(proposal)
    return _close(proposal, S.WITHDRAWN, reason=reason.strip()[:REASON_LENGTH], by=by)


@transaction.atomic
def reveal(proposal: Proposal, *, reason: str, by: Act) -> list[Line]:
    """The lines with whole names and numbers for somebody who says why; the look is recorded (section 10)."""
    record(by, "proposal.reveal", proposal, reason=_reason(reason))
    return proposal.whole_lines


def _approve(proposal_id: int, *, seen: str, by: Act, reason: str) -> tuple[Proposal, Refusal | None]:
    """The proposal as it stands afterwards, and the refusal that its failure is told with."""
    proposal = _lock(proposal_id)
    kind = kinds.get(proposal.kind)
    if _is_mine(proposal, by=by):
        return proposal, None
    _expect_open(proposal)
    seat = _judge_approver(proposal, kind, by=by)
    if not proposal.digest == _digest_of(proposal) == seen:
        raise Refusal("altered", "显示之后内容有变动，请刷新页面，重新核对后再批准。", CLAUSE)
    thing = kind.locked(proposal.about_id)
    if _digest(kind.state(thing, proposal.payload)) != proposal.state_digest:
        return _fail(proposal, Refusal("stale", STALE, kind.clause or CLAUSE), by=by)
    if proposal.needs_two and proposal.first_by_id is None:
        return _first(proposal, seat, by=by), None
    try:
        with transaction.atomic():
            kind.carry_out(Granted(thing, proposal.payload, proposal.reason, proposal, by))
    except Refusal as refusal:
        return _fail(proposal, refusal, by=by)
    return _close(proposal, S.APPROVED, reason=reason.strip()[:REASON_LENGTH], by=by), None


def _is_mine(proposal: Proposal, *, by: Act) -> bool:
    """Whether this very person has approved it already: a second click."""
    decided = proposal.status == S.APPROVED and by.person.pk in (proposal.decided_by_id, proposal.first_by_id)
    return decided or (proposal.status == S.OPEN and proposal.first_by_id == by.person.pk)


def _judge_asker(kind: Kind, about: models.Model | None, *, by: Act) -> None:
    within = kind.is_new if about is None else kind.rows(by.person).filter(pk=about.pk).exists()
    if not kind.may_ask(by.person) or not within:
        raise Refusal("not_allowed", "您的角色不能提出这项申请。", CLAUSE)


def _judge_approver(proposal: Proposal, kind: Kind, *, by: Act) -> str:
    """The seat that this person takes. Refuses `four_eyes` for the asker and `not_allowed` for another role."""
    if by.person.pk == proposal.asked_by_id:
        raise Refusal("four_eyes", "自己提出的申请要由另一位工作人员审批。", CLAUSE)
    if by.person.pk == kind.subject(proposal.about_id):
        raise Refusal("four_eyes", "与自己有关的申请要由另一位工作人员审批。", CLAUSE)
    if not kind.may_approve(by.person):
        raise Refusal("not_allowed", "您的角色不能审批这项申请。", CLAUSE)
    seats = list(kind.seats)
    if proposal.first_by_id is not None and proposal.first_seat in seats:
        seats.remove(proposal.first_seat)
    for seat in seats:
        if not seat or seat in by.person.role_names:
            return seat
    raise Refusal("four_eyes", "这一步要由另一个岗位的工作人员审批。", CLAUSE)


def _expect_open(proposal: Proposal) -> None:
    if proposal.status != S.OPEN:
        words = S(proposal.status).label
        raise Refusal("wrong_status", f"这项申请现在是“{words}”，不用再办理，请刷新后再看。", CLAUSE)


def _first(proposal: Proposal, seat: str, *, by: Act) -> Proposal:
    proposal.first_by, proposal.first_at, proposal.first_seat = by.person, by.at, seat
    proposal.save(update_fields=["first_by", "first_at", "first_seat"])
    record(by, "proposal.approved_first", proposal, after=_after(proposal))
    return proposal


def _fail(proposal: Proposal, refusal: Refusal, *, by: Act) -> tuple[Proposal, Refusal]:
    return _close(proposal, S.FAILED, reason=refusal.sentence[:REASON_LENGTH], by=by), refusal


def _close(proposal: Proposal, status: ProposalStatus, *, reason: str, by: Act) -> Proposal:
    proposal.status, proposal.decided_by, proposal.decided_at = status, by.person, by.at
    proposal.decision_reason = reason
    proposal.save(update_fields=["status", "decided_by", "decided_at", "decision_reason"])
    record(by, f"proposal.{status.value}", proposal, after=_after(proposal), reason=reason)
    if status != S.WITHDRAWN:
        letters.decided(proposal, by=by)
    return proposal


def _rehearse(kind: Kind, thing: Any, proposal: Proposal, *, by: Act) -> None:
    """Carry it out and take it back at once: its refusals are told to the asker, nothing else remains."""
    with transaction.atomic():
        kind.carry_out(Granted(thing, proposal.payload, proposal.reason, proposal, by))
        transaction.set_rollback(True)


def _save_open(proposal: Proposal) -> None:
    try:
        with transaction.atomic():
            proposal.save(force_insert=True)
    except IntegrityError as error:
        raise Refusal("already_asked", "同一事项已有一份待审批的申请，请等它办完，或先撤回。", CLAUSE) from error


def _lock(proposal_id: int) -> Proposal:
    return Proposal.objects.select_for_update(of=("self",)).select_related("asked_by").get(pk=proposal_id)


def _reason(text: str) -> str:
    plain = " ".join(text.split())
    if not plain or len(plain) > REASON_LENGTH or not plain.isprintable():
        raise Refusal("reason_missing", f"请写明理由，最多 {REASON_LENGTH} 个字。", CLAUSE)
    return plain


def _after(proposal: Proposal) -> dict[str, Any]:
    return {"kind": proposal.kind, "about": [proposal.about_type, proposal.about_id], "status": proposal.status}


def _content(payload: Mapping[str, Any], lines: list[Line]) -> str:
    return _canonical({"payload": dict(payload), "lines": [astuple(one) for one in lines]})


def _digest_of(proposal: Proposal) -> str:
    """A keyed hash over everything that the approver is shown and everything that will be done."""
    fixed = [proposal.kind, proposal.about_type, proposal.about_id, proposal.content, proposal.state_digest]
    return _digest([*fixed, proposal.reason, proposal.asked_by_id])


def _digest(value: Any) -> str:
    return blind_index("proposal", _canonical(value))


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, cls=DjangoJSONEncoder)
