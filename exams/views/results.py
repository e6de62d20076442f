"""The candidate's results: the promise before, subject by subject after (通知 三; matrix: score.read)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from exams.enums import EntryStatus
from exams.models import Entry
from exams.services.deadlines import promise_of
from exams.services.kept_passes import wallet
from exams.services.rechecks import doors
from exams.services.results import results_of
from kupasi import clock
from kupasi.people.models import Candidate


@require_safe
@login_required
def results(request: HttpRequest) -> HttpResponse:
    """One's own entries, the newest first; a mark is shown only once it is published."""
    today = clock.today()
    rows = Entry.objects.visible_to(request.user).filter(candidate__user=request.user.pk).live()
    rows = rows.select_related("exam_session__occupation", "ticket").order_by("-exam_session__exam_month", "-pk")
    shown: list[dict[str, Any]] = [
        {
            "entry": entry,
            "subjects": results_of(entry),
            "is_out": entry.status == EntryStatus.PUBLISHED,
            "promise": None if entry.status == EntryStatus.PUBLISHED else promise_of(entry, on=today),
        }
        for entry in rows
    ]
    found = doors([one.mark_id for row in shown for one in row["subjects"] if one.mark_id], on=today)
    for row in shown:
        row["doors"] = [(one, found.get(one.mark_id)) for one in row["subjects"]]
    person = Candidate.objects.visible_to(request.user).filter(user=request.user.pk).first()
    waiting = {row["entry"].exam_session.occupation_id: row["entry"] for row in shown if not row["is_out"]}
    wallets = [(one, waiting.get(one.occupation.pk)) for one in (wallet(person, on=today) if person else [])]
    context = {"nav": "mine", "rows": shown, "today": today, "wallets": wallets}
    return render(request, "exams/results/list.html", context)
