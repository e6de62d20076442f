"""Asking and approving in tests: the persons, the acts, and what was shown."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Model

from kupasi.approvals import services
from kupasi.approvals.models import Proposal
from kupasi.errors import Refusal
from kupasi.people.models import User
from tests.builders import act

WHEN = "2025-05-20T09:00"


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    """A refusal with this code."""
    return pytest.RaisesExc(Refusal, check=lambda refusal: refusal.code == code)


def asked(
    kind: str, about: Model | None, payload: dict[str, Any], *, by: User, when: str = WHEN, key: str = ""
) -> Proposal:
    """What somebody asked for."""
    return services.ask(act(by, when), kind=kind, about=about, payload=payload, reason="测试理由", key=key)


def approved(proposal: Proposal, *, by: User, when: str = WHEN) -> Proposal:
    """Approved as it was shown; the approver is loaded anew, as in a request."""
    person = User.objects.get(pk=by.pk)
    return services.approve(proposal.pk, seen=proposal.digest, by=act(person, when))
