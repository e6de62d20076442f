"""Sweeps of discipline: evidence that a scanner has not seen yet, and what need not be kept."""

from __future__ import annotations

from celery import shared_task

from kupasi.acts import Act

from .services import evidence, forgetting


@shared_task
def scan_waiting() -> None:
    """Hand out one task for each piece that waits."""
    for pk in evidence.waiting_ids():
        scan_one.delay(pk)


@shared_task
def scan_one(evidence_id: int) -> None:
    """Ask about one piece; a second call finds it settled."""
    evidence.scan_evidence(evidence_id, by=Act.of_job("scan-evidence"))


@shared_task
def forget() -> None:
    """Take away what need not be kept."""
    forgetting.forget(by=Act.of_job(forgetting.JOB))
