"""Two institutions with one of everything each: whom they filed, the money, the ticket, the result, the certificate."""

from __future__ import annotations

from typing import Any

from certificates import services as certificates
from certificates.models import Certificate
from exams.models import AdmissionTicket, Entry
from exams.services import tickets
from kupasi.people.models import Candidate, Institution, User
from registration.models import Application, Order
from registration.services import review
from tests import builders
from tests.certificates.made import ISSUED
from tests.exams.seating import a_session, seat_all
from tests.registration import desk

OCCUPATION = "model-application"


def file_two(
    holders: list[Certificate], schools: list[Institution], clerk: User
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the first institution has, and what the other one has."""
    applications = [_filed(school, one, clerk) for school, one in zip(schools, holders, strict=True)]
    session = a_session(on="2025-07-13", capacity=2, occupation=OCCUPATION, room="第四考场")
    seat_all(session)
    ours, theirs = (_objects(*pair) for pair in zip(applications, holders, strict=True))
    return ours, theirs


def _filed(school: Institution, holder: Certificate, clerk: User) -> Application:
    """Paid for and confirmed; the earlier certificate came through the institution too."""
    person = holder.candidate
    Candidate.objects.filter(pk=person.pk).update(institution=school)
    Entry.objects.filter(pk=holder.entry_id).update(institution=school)
    certificates.issue(holder.pk, by=builders.act(when=ISSUED))
    made = desk.submitted(candidate=person, occupation=OCCUPATION)
    Application.objects.filter(pk=made.pk).update(channel="group", institution=school)
    review.approve(made.pk, by=builders.act(clerk, "2025-05-21T10:00"))
    desk.pay(made, builders.a_user("finance"))
    review.receive_original(made.pk, by=builders.act(clerk, "2025-05-23T10:00"))
    return Application.objects.get(pk=made.pk)


def _objects(application: Application, holder: Certificate) -> dict[str, Any]:
    tickets.issue(application.entry_id or 0, by=builders.act(when="2025-07-09T09:00"))
    order = Order.objects.get(application=application)
    payment = order.payments.get()
    return {
        "application": application.pk,
        "entry": application.entry_id,
        "order": order.pk,
        "payment": payment.pk,
        "photo": application.photo_id,
        "person": application.candidate_id,
        "ticket": AdmissionTicket.objects.get(entry=application.entry_id).pk,
        "certificate": holder.pk,
        "result": holder.entry_id,
    }
