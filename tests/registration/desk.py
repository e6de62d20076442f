"""Applications of made-up people at the front desk, made by the services themselves."""

from __future__ import annotations

from decimal import Decimal

from kupasi.people.models import Candidate, User
from registration.models import Application, Order, Payment
from registration.services import applications, facts, money, review
from tests import builders

SUBMITTED = "2025-05-20T09:00"
CLOSES = "2025-06-15T23:59:59"
FULL = Decimal("480.00")


def submitted(
    *, candidate: Candidate | None = None, occupation: str = "data-annotation", when: str = SUBMITTED
) -> Application:
    """An application submitted on the web."""
    person = candidate or builders.a_candidate(when=when)
    by = builders.act(person.user, when)
    draft = applications.start_draft(person, by=by)
    applications.save_identity(draft.pk, by=by, identity=applications.Identity(name=person.name, education="bachelor"))
    applications.save_photo(draft.pk, by=by, data=builders.photo_bytes())
    chosen = applications.save_subjects(draft.pk, by=by, occupation=occupation)
    assert chosen.occupation is not None
    texts = [one.text for one in chosen.occupation.conditions.all()]
    pledge = facts.pledge_text(by.on)
    assert pledge is not None
    applications.save_pledge(draft.pk, by=by, conditions=texts, pledge_version=pledge.version)
    return applications.submit(draft.pk, by=by)


def approved(clerk: User, *, when: str = "2025-05-21T10:00", submitted_at: str = SUBMITTED) -> Application:
    """An application that a reviewer approved."""
    return review.approve(submitted(when=submitted_at).pk, by=builders.act(clerk, when))


def order_of(application: Application) -> Order:
    """What is owed."""
    return Order.objects.get(application=application)


def pay(
    application: Application,
    finance: User,
    *,
    amount: Decimal = FULL,
    reference: str = "",
    when: str = "2025-05-22T10:00",
) -> Payment:
    """Money recorded by finance."""
    slip = reference or f"POS-{application.pk}"
    by = builders.act(finance, when)
    return money.record_payment(order_of(application).pk, amount=amount, method="pos", reference=slip, by=by)
