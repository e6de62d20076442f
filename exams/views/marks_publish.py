"""The publisher's pages: what blocks, exactly what would go out, and the publication (matrix: score.publish)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exams.enums import EntryStatus, SessionStatus
from exams.forms_marks import PublishForm, ReasonForm
from exams.models import Entry, ExamSession, Seat
from exams.services.marks import start_over
from exams.services.publication import Batch, hold_entry, preview, publish, release_entry
from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form

from .doors import needs

ACTION = "score.publish"
PAGE = "exams/marks/{}.html"


@require_safe
@needs(ACTION)
def publications(request: HttpRequest) -> HttpResponse:
    """Sessions with results to publish, the most urgent first; then what was published."""
    sessions = ExamSession.objects.select_related("occupation", "result_flag")
    waiting = sessions.filter(entries__status__in=[EntryStatus.SAT, EntryStatus.TICKETED, EntryStatus.SEATED])
    waiting = waiting.exclude(status=SessionStatus.CANCELLED).distinct().order_by("exam_month", "occupation")
    done = sessions.filter(publications__isnull=False).distinct().prefetch_related("publications__published_by")
    return render(request, PAGE.format("publications"), {"waiting": waiting, "done": done[:20]})


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ACTION)
def publication(request: HttpRequest, pk: int) -> HttpResponse:
    """The gate of one session, and the act itself; `leave` names entries held back one by one."""
    session = get_object_or_404(ExamSession.objects.select_related("occupation"), pk=pk)
    if request.method == "POST":
        return _publish(request, session)
    batch = preview(session.pk, leave_out=_left_out(request.GET))
    return render(request, PAGE.format("gate"), _shown(batch))


@require_POST
@needs(ACTION)
def mark_start_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back the entries of one paper, with a reason."""
    seat = get_object_or_404(Seat.objects.visible_to(request.user).select_related("entry"), pk=pk)
    return _with_reason(request, seat.entry, start_over, seat.pk, done="已退回录分，请重新录入。")


@require_POST
@needs(ACTION)
def entry_hold(request: HttpRequest, pk: int) -> HttpResponse:
    """Hold one candidate's results back, with a reason."""
    entry = get_object_or_404(Entry.objects.visible_to(request.user), pk=pk)
    return _with_reason(request, entry, hold_entry, entry.pk, done="已暂缓。")


@require_POST
@needs(ACTION)
def entry_release(request: HttpRequest, pk: int) -> HttpResponse:
    """Let one held candidate's results go with the next publication, with a reason."""
    entry = get_object_or_404(Entry.objects.visible_to(request.user), pk=pk)
    return _with_reason(request, entry, release_entry, entry.pk, done="已解除暂缓。")


def _publish(request: HttpRequest, session: ExamSession) -> HttpResponse:
    leave_out = _left_out(request.POST)
    batch = preview(session.pk, leave_out=leave_out)
    form = PublishForm(request.POST)
    http = 400
    if form.is_valid():
        try:
            made = publish(
                session.pk,
                by=Act.of(request),
                expected_hash=form.cleaned_data["expected_hash"],
                leave_out=leave_out,
            )
            messages.success(request, f"已公布 {made.marks} 条成绩，暂缓 {made.held} 人。")
            return redirect("publications")
        except Refusal as refusal:
            add_to_form(form, refusal)
            http = {"four_eyes": 403, "hash_mismatch": 409, "not_ready": 409}.get(str(refusal.code), 400)
    return render(request, PAGE.format("gate"), {**_shown(batch), "form": form}, status=http)


def _with_reason(
    request: HttpRequest, entry: Entry, service: Callable[..., Any], key: int, *, done: str
) -> HttpResponse:
    form = ReasonForm(request.POST)
    try:
        service(key, reason=form.cleaned_data["reason"] if form.is_valid() else "", by=Act.of(request))
        messages.success(request, done)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect("publication", pk=entry.exam_session_id)


def _left_out(data: QueryDict) -> list[int]:
    return [int(one) for one in data.getlist("leave") if one.isdecimal() and len(one) < 12]


def _shown(batch: Batch) -> dict[str, Any]:
    return {"batch": batch, "session": batch.exam_session, "ready": batch.ready, "held": batch.held}
