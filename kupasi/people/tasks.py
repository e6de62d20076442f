"""What need not be kept any longer."""

from __future__ import annotations

from celery import shared_task

from kupasi.acts import Act

from .services.expiry import forget_expired


@shared_task
def forget() -> None:
    """Forget spent codes, old sign-in troubles and dead sessions."""
    forget_expired(Act.of_job("forget-expired"))
