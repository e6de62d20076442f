"""Days that were counted over a year not known yet: counted again when it becomes known, and told (rules C5)."""

from __future__ import annotations

from datetime import date

from django.db import models, transaction

from exams.models import Disruption, Recheck
from exams.rules.disruptions import answer_until
from exams.rules.rechecks import answer_due
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.dates import Deadline, local_day
from kupasi.notices.services import queue

from .calendar import work_calendar
from .settings import number

CLAUSE = "本单位规定：成绩复核"


def rechecks_due() -> list[int]:
    """Open rechecks whose day says 暂定 and no longer has to."""
    rows = Recheck.objects.open().filter(is_provisional=True).order_by("pk")
    return [one.pk for one in rows if not _of_recheck(one).provisional]


def disruptions_due() -> list[int]:
    """The same for the choice after a cancelled or moved exam."""
    rows = Disruption.objects.filter(is_provisional=True).order_by("pk")
    return [one.pk for one in rows if not _of_disruption(one).provisional]


@transaction.atomic
def recount_recheck(recheck_id: int, *, by: Act) -> bool:
    """The office's own day follows the calendar either way; whoever asked is told where it changes."""
    row = (
        Recheck.objects.select_for_update(of=("self",))
        .select_related("mark__seat__entry__candidate")
        .get(pk=recheck_id)
    )
    fresh = _of_recheck(row)
    if not row.is_provisional or fresh.provisional:
        return False
    before, row.due_on, row.is_provisional = row.due_on, fresh.on, False
    row.save(update_fields=["due_on", "is_provisional"])
    note(row, before, fresh.on, by=by)
    if before != fresh.on:
        queue(
            by,
            key=f"recheck-recounted:{row.pk}:{fresh.on}",
            kind="recheck",
            subject="成绩复核的答复期限已重新计算",
            body=f"放假安排已公布，您的成绩复核最迟在 {fresh.on} 答复（原暂定 {before}）。依据：{CLAUSE}。",
            candidate=row.mark.seat.entry.candidate,
            url="/exams/results/",
            about=row,
        )
    return True


@transaction.atomic
def recount_disruption(disruption_id: int, *, by: Act) -> tuple[date, date] | None:
    """A person's own days are never made fewer; the day before and after, or None where nothing was to be counted."""
    row = Disruption.objects.select_for_update().get(pk=disruption_id)
    fresh = _of_disruption(row)
    if not row.is_provisional or fresh.provisional:
        return None
    before, row.answer_until, row.is_provisional = row.answer_until, max(row.answer_until, fresh.on), False
    row.save(update_fields=["answer_until", "is_provisional"])
    note(row, before, row.answer_until, by=by)
    return before, row.answer_until


def note(row: models.Model, before: date, after: date, *, by: Act) -> None:
    """The line of a day that was counted again."""
    record(by, "deadline.recounted", row, before={"due_on": before}, after={"due_on": after, "provisional": False})


def _of_recheck(row: Recheck) -> Deadline:
    return answer_due(local_day(row.asked_at), work_calendar(), days=number("recheck_answer_working_days"))


def _of_disruption(row: Disruption) -> Deadline:
    return answer_until(local_day(row.decided_at), work_calendar(), days=number("disruption_answer_days"))
