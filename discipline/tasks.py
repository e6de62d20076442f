<<<<<<< HEAD
"""Sweeps of discipline: evidence that a scanner has not seen yet."""
=======
"""The sweep of discipline."""
>>>>>>> 6871ca3 (Take lists of bars from the authorities by two people, hold look-alikes by picture or name, keep tied deciders out)

from __future__ import annotations

from celery import shared_task

from kupasi.acts import Act

<<<<<<< HEAD
from .services import evidence


@shared_task
def scan_waiting() -> None:
    """Hand out one task for each piece that waits."""
    for pk in evidence.waiting_ids():
        scan_one.delay(pk)


@shared_task
def scan_one(evidence_id: int) -> None:
    """Ask about one piece; a second call finds it settled."""
    evidence.scan_evidence(evidence_id, by=Act.of_job("scan-evidence"))
=======
from .services import forgetting


@shared_task
def forget() -> None:
    """Take away what need not be kept."""
    forgetting.forget(by=Act.of_job(forgetting.JOB))
>>>>>>> 6871ca3 (Take lists of bars from the authorities by two people, hold look-alikes by picture or name, keep tied deciders out)
