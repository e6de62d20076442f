"""Sweeps of the exams: what is due and not done."""

from __future__ import annotations

from celery import shared_task

from kupasi.acts import Act

from .services import deadlines, tickets

BATCH = 1000  # what one sweep hands out; the next one, a minute later, hands out the rest


@shared_task
def issue_tickets() -> None:
    """Hand out one task for each ticket that is due and not made (通知 二(五))."""
    for entry_id in tickets.due(Act.of_job("issue-tickets").on)[:BATCH]:
        issue_ticket.delay(entry_id)


@shared_task
def issue_ticket(entry_id: int) -> None:
    """Make one ticket; a second call for the same facts makes nothing."""
    tickets.issue(entry_id, by=Act.of_job("issue-tickets"))


@shared_task
def flag_results() -> None:
    """Flag the results that are due soon or overdue (rules M5)."""
    deadlines.flag_results(by=Act.of_job("flag-results"))
