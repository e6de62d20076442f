"""Sweeps of the front desk: what is due and not done, one id per task."""

from __future__ import annotations

from celery import shared_task

from kupasi import clock
from kupasi.acts import Act

from .services import deadlines, invariants
from .services.rosters import photo_zips, working


@shared_task
def lapse_unpaid() -> None:
    """Find whose time is over, and the partly paid that finance must look at."""
    now = clock.now()
    for pk in deadlines.lapse_due(now):
        lapse_one.delay(pk)
    for pk in deadlines.flag_due(now):
        flag_one.delay(pk)
    for pk in deadlines.without_original_due(now):
        end_one.delay(pk)


@shared_task
def end_one(application_id: int) -> None:
    """End one application whose original never came."""
    deadlines.end_without_original(application_id, by=Act.of_job("lapse-unpaid"))


@shared_task
def lapse_one(application_id: int) -> None:
    """Let one application lapse."""
    deadlines.lapse(application_id, by=Act.of_job("lapse-unpaid"))


@shared_task
def flag_one(application_id: int) -> None:
    """Flag one partly paid application to finance."""
    deadlines.flag_part_paid(application_id, by=Act.of_job("lapse-unpaid"))


@shared_task
def warn_unpaid() -> None:
    """Find whose payment is due soon."""
    for pk in deadlines.warn_due(clock.now()):
        warn_one.delay(pk)


@shared_task
def warn_one(application_id: int) -> None:
    """Warn one person."""
    deadlines.warn(application_id, by=Act.of_job("warn-unpaid"))


@shared_task
def check_invariants() -> None:
    """Look whether the rows still agree; what does not is told once a day."""
    invariants.check(by=Act.of_job(invariants.JOB))


@shared_task
def work_on_rosters() -> None:
    """Find the files of institutions that wait for a worker, or lost theirs."""
    for pk in working.due(clock.now()):
        work_on_roster.delay(pk)


@shared_task
def work_on_photos() -> None:
    """Find the zips of portraits that wait for a worker, or lost theirs."""
    for pk in photo_zips.due(clock.now()):
        work_on_photo_zip.delay(pk)


@shared_task
def work_on_photo_zip(zip_id: int) -> None:
    """Work off one zip; a second worker finds it taken and goes on."""
    photo_zips.process(zip_id, now=clock.now)


@shared_task
def work_on_roster(upload_id: int) -> None:
    """Read and judge one file; a second worker finds it taken and goes on."""
    working.process(upload_id, by=Act.of_job("roster-files"), now=clock.now)
