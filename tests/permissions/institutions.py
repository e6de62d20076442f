"""Two institutions with one of everything each: whom they filed, the money, the ticket, the result, the certificate."""

from __future__ import annotations

from typing import Any

from certificates import services as certificates
from certificates.models import Certificate
from exams.models import AdmissionTicket, Entry
from exams.services import tickets
from kupasi.people.models import Candidate, Institution
from registration.services import webhooks
from tests import builders
from tests.certificates.made import ISSUED
from tests.exams.seating import a_session, seat_all
from tests.registration import group

OCCUPATION = "model-application"


def file_two(holders: list[Certificate], schools: list[Institution]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the first institution has, and what the other one has."""
    groups = [
        group.confirmed(1, school=place, first=40 + place, occupation=OCCUPATION) for place in range(len(schools))
    ]
    for school, holder in zip(schools, holders, strict=True):
        Candidate.objects.filter(pk=holder.candidate_id).update(institution=school)
        Entry.objects.filter(pk=holder.entry_id).update(institution=school)
        certificates.issue(holder.pk, by=builders.act(when=ISSUED))
    seat_all(a_session(on="2025-07-13", capacity=2, occupation=OCCUPATION, room="第四考场"))
    ours, theirs = (_objects(*pair) for pair in zip(groups, holders, strict=True))
    return ours, theirs


def _objects(made: group.Group, holder: Certificate) -> dict[str, Any]:
    (application,) = made.people
    hook, _ = webhooks.open_webhook(
        made.roster.institution, url="https://school.example/in", by=builders.act(made.approver)
    )
    webhooks.note(hook.institution_id, event="test", payload={}, by=builders.act(made.approver))
    tickets.issue(application.entry_id or 0, by=builders.act(when="2025-07-09T09:00"))
    return {
        "paid_roster": made.roster.pk,
        "webhook": hook.pk,
        "delivery": hook.deliveries.get().pk,
        "application": application.pk,
        "entry": application.entry_id,
        "order": made.order.pk,
        "payment": made.order.payments.get().pk,
        "photo": application.photo_id,
        "person": application.candidate_id,
        "ticket": AdmissionTicket.objects.get(entry=application.entry_id).pk,
        "certificate": holder.pk,
        "result": holder.entry_id,
    }
