"""False materials, found in review or later: the office opens a case about the application (须知 一; rules S1)."""

from __future__ import annotations

from django.db import transaction

from discipline.enums import Origin, Signature
from discipline.services.recording import Incident, record_case
from exams.services.settings import office_facts
from kupasi.acts import Act
from registration.models import Application

from .moves import lock


@transaction.atomic
def open_case(application_id: int, *, clause: str, facts: str, by: Act) -> Application:
    """Record a case about this application: it takes the usual road, and the fee stays when it is decided.

    Refuses as recording does.
    """
    application = lock(application_id)
    submitted = application.submitted_at or by.at
    incident = Incident(
        clause=clause,
        act_at=min(submitted, by.at),
        place=office_facts().name,
        facts=facts,
        signature=Signature.ABSENT,
        origin=Origin.MATERIALS,
        application_number=application.number or "",
    )
    entry_id = application.entry_id
    record_case(by, incident, entry_id=entry_id, candidate=application.candidate)
    return application
