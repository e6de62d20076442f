"""The states of what was asked for."""

from __future__ import annotations

from kupasi.people.enums import Choice


class ProposalStatus(Choice):
    """Open until somebody decides; `failed` was approved but could not be carried out any more."""

    OPEN = "open", "待审批"
    APPROVED = "approved", "已批准"
    REFUSED = "refused", "未批准"
    WITHDRAWN = "withdrawn", "已撤回"
    FAILED = "failed", "已失效"
