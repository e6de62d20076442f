"""Sessions and sittings called off or moved by two people, in tests."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from exams.models import Disruption
from kupasi.approvals.models import Proposal
from kupasi.people.models import User
from registration.models import Application, DisruptionChoice
from registration.services import review
from tests.approvals.steps import approved, asked
from tests.builders import a_user, act
from tests.registration import desk

WHEN = "2025-07-01T09:00"  # a Tuesday; five working days later is Tuesday 8 July
LAST, AFTER = "2025-07-08T23:00", "2025-07-09T00:30"


def confirmed(clerk: User, finance: User) -> Application:
    """Paid for, the original in."""
    application = desk.approved(clerk)
    desk.pay(application, finance)
    review.receive_original(application.pk, by=act(clerk, "2025-05-23T10:00"))
    return Application.objects.get(pk=application.pk)


def decided(kind: str, about: Model, payload: dict[str, Any] | None = None, *, when: str = WHEN) -> Disruption:
    """Asked for by a clerk, approved by a supervisor."""
    proposal = asked(kind, about, payload or {}, by=a_user("clerk"), when=when)
    approved(proposal, by=a_user("supervisor"), when=when)
    return Disruption.objects.get(proposal=proposal)


def called_off(session: Model, *, target: Model | None = None, when: str = WHEN) -> Disruption:
    """The whole session, or moved to another."""
    return decided("session_off", session, {"target": target.pk if target else None}, when=when)


def choice_of(application: Application) -> DisruptionChoice:
    """The newest."""
    return DisruptionChoice.objects.filter(application=application).latest("pk")


def owed(application: Application) -> Proposal:
    """What finance is asked to pay back."""
    return Proposal.objects.get(kind="owed_refund", about_id=str(choice_of(application).pk))
