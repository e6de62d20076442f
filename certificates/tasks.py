"""The sweep of certificates: open what is due, then number and print one at a time."""

from __future__ import annotations

from celery import shared_task

from kupasi.acts import Act
from kupasi.errors import Refusal

from . import services

JOB = "issue-certificates"


@shared_task
def issue_due() -> None:
    """Open certificates for the qualified and send one task for each that can be brought forward."""
    act = Act.of_job(JOB)
    services.open_certificates(by=act, barred=services.barred_on(act.on))
    for pk in services.due_ids(by=act):
        issue_one.delay(pk)


@shared_task
def issue_one(certificate_id: int) -> str:
    """Issue one certificate; the code of a refusal is the task's answer, and the next sweep asks again."""
    try:
        services.issue(certificate_id, by=Act.of_job(JOB))
    except Refusal as refusal:
        return refusal.code or "refused"
    return "issued"
