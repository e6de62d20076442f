"""Periodic jobs of the operator's side."""

from __future__ import annotations

from celery import shared_task

from kupasi.acts import Act
from kupasi.audit.services import seal

from .services import nightly, retention, roots


@shared_task
def take_root() -> None:
    """Fix yesterday's root once; asked every ten minutes, so that a silence is made up for."""
    while seal() == 20_000:
        pass
    roots.take(by=Act.of_job(roots.JOB))


@shared_task
def back_up() -> None:
    """The day's backup, once its hour has come; asked every ten minutes, so that a silence is made up for."""
    nightly.run(by=Act.of_job(nightly.JOB))


@shared_task
def retain() -> None:
    """Let go of what is past its time, once a day; asked every hour, so that a silence is made up for."""
    retention.daily(by=Act.of_job(retention.JOB))
