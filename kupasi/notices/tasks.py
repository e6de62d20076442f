"""Sweeps of the outbox and the pulse."""

from __future__ import annotations

from celery import shared_task

from kupasi.acts import Act

from . import services


@shared_task
def send_due() -> None:
    """Send the letters that are due."""
    while services.send_due(Act.of_job("send-notices")) == 200:
        pass


@shared_task
def beat() -> None:
    """A sign of life: the clock sent this, a worker did it."""
    act = Act.of_job("heartbeat")
    services.beat("clock", at=act.at)
    services.beat("worker", at=act.at)
