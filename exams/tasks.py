"""Sweeps of the exams: what is due and not done."""

from __future__ import annotations

from celery import shared_task

from kupasi import clock
from kupasi.acts import Act

from .services import deadlines, prints, releases, seeds, tickets

SWEEP = 60  # seconds between two sweeps: what waited longer is handed out anew, so the older message says nothing
PRINTS_EXPIRE = 30  # seconds: the next sweep asks again
HANDED = 20  # chunks that one sweep hands out, rather more than a worker makes until the next


@shared_task
def issue_tickets() -> None:
    """Hand out the tickets that are due and not made, a room a task (通知 二(五))."""
    for chunk in tickets.chunks(Act.of_job("issue-tickets").on)[:HANDED]:
        issue_chunk.apply_async((chunk,), expires=SWEEP)


@shared_task
def issue_chunk(entry_ids: list[int]) -> None:
    """Make the tickets of a room; a second call for the same facts makes nothing."""
    tickets.issue_many(entry_ids, by=Act.of_job("issue-tickets"))


@shared_task
def flag_results() -> None:
    """Flag the results that are due soon or overdue (rules M5)."""
    deadlines.flag_results(by=Act.of_job("flag-results"))


@shared_task
def tend_seeds() -> None:
    """Commit to a seed for each session that has none, and reveal those of sessions that have begun."""
    by = Act.of_job("tend-seeds")
    for session_id in seeds.to_commit():
        seeds.commit_seed(session_id, by=by)
    for session_id in seeds.to_reveal(at=by.at):
        seeds.reveal_seed(session_id, by=by)


@shared_task
def make_prints() -> None:
    """Hand out the room papers and packets that somebody waits for."""
    for run_id in prints.due(clock.now()):
        make_print.apply_async((run_id,), expires=PRINTS_EXPIRE)


@shared_task
def make_print(run_id: int) -> None:
    """Make one; a second call while it is being made does nothing."""
    prints.work(run_id, by=Act.of_job("make-prints"), now=clock.now)


@shared_task
def forget_prints() -> None:
    """Let go of room papers after their days."""
    prints.forget(by=Act.of_job("forget-prints"))


@shared_task
def publish_results() -> None:
    """Hand out one task for each approved batch whose moment has come (rules M4)."""
    for release_id in releases.due(Act.of_job("publish-results").at):
        publish_release.delay(release_id)


@shared_task
def publish_release(release_id: int) -> None:
    """Publish one approved batch; a second call publishes nothing."""
    releases.publish_due(release_id, by=Act.of_job("publish-results"))
