"""The letter that tells the asker what became of it."""

from __future__ import annotations

from kupasi.acts import Act
from kupasi.approvals.enums import ProposalStatus
from kupasi.approvals.models import Proposal
from kupasi.notices import services as notices

SAID = {
    ProposalStatus.APPROVED: "已批准并办理完毕",
    ProposalStatus.REFUSED: "未获批准",
    ProposalStatus.FAILED: "未能办理",
}


def decided(proposal: Proposal, *, by: Act) -> None:
    """Approved, refused or failed: one letter to whoever asked."""
    status, asker = ProposalStatus(proposal.status), proposal.asked_by
    person = getattr(asker, "candidate", None)
    why = f"说明：{proposal.decision_reason}" if proposal.decision_reason else ""
    thing = f"（{proposal.about_text}）" if proposal.about_text and person is None else ""
    notices.queue(
        by,
        key=f"proposal-{proposal.pk}-{status.value}",
        kind="proposal_decided",
        subject=f"{proposal.kind_label}申请{SAID[status]}",
        body=f"您提出的“{proposal.kind_label}”申请{thing}{SAID[status]}。{why}".strip(),
        candidate=person,
        user=None if person is not None else asker,
        url="/me/requests/" if person is not None else "",
        about=proposal,
    )
