"""The publisher's pages: what blocks, exactly what would go out, its approval, and the publication (score.publish)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exams.enums import EntryStatus, SessionStatus
from exams.forms_marks import ApproveForm, ReasonForm
from exams.models import Entry, ExamSession, Release, Seat
from exams.services.batches import Batch, preview
from exams.services.deadlines import to_come
from exams.services.marks import start_over
from exams.services.publication import hold_entry, release_entry, standing_against
from exams.services.releases import approve, publish_approved, withdraw
from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form

from .doors import needs

ACTION = "score.publish"
PAGE = "exams/marks/{}.html"
HTTP = {"four_eyes": 403, "hash_mismatch": 409, "not_ready": 409, "already_approved": 409}
ROWS = 200  # on one page; the hash covers all


@require_safe
@needs(ACTION)
def publications(request: HttpRequest) -> HttpResponse:
    """Sessions with results to publish, the most urgent first; then what was published."""
    sessions = ExamSession.objects.select_related("occupation", "result_flag")
    waiting = sessions.filter(entries__status__in=[EntryStatus.SAT, EntryStatus.TICKETED, EntryStatus.SEATED])
    waiting = waiting.exclude(status=SessionStatus.CANCELLED).distinct().order_by("exam_month", "occupation")
    done = sessions.filter(publications__isnull=False).distinct().prefetch_related("publications__published_by")
    approved = {one.exam_session_id: one for one in Release.objects.waiting()}
    due = {one.session.pk: one.due for one in to_come()}
    rows = [(one, approved.get(one.pk), due.get(one.pk)) for one in waiting]
    return render(request, PAGE.format("publications"), {"waiting": rows, "done": done[:20]})


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ACTION)
def publication(request: HttpRequest, pk: int) -> HttpResponse:
    """The gate of one session, and its approval; `leave` names entries held back one by one."""
    session = get_object_or_404(ExamSession.objects.select_related("occupation"), pk=pk)
    if request.method == "POST":
        return _approve(request, session)
    approved = Release.objects.waiting().filter(exam_session=session).select_related("approved_by").first()
    batch = preview(session.pk, leave_out=approved.leave_out if approved else _left_out(request.GET))
    shown = _shown(batch, request)
    if approved is not None:
        shown |= {"approved": approved, "is_same": approved.sha256 == batch.sha256}
    return render(request, PAGE.format("gate"), {**shown, "form": ApproveForm()})


@require_POST
@needs(ACTION)
def release_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish exactly the approved batch."""
    approved = get_object_or_404(Release, pk=pk)
    try:
        made = publish_approved(approved.pk, by=Act.of(request))
    except Refusal as refusal:
        shown = _shown(preview(approved.exam_session_id, leave_out=approved.leave_out), request)
        shown |= {"refusal": refusal, "approved": approved, "is_same": refusal.code != "hash_mismatch"}
        return render(request, PAGE.format("gate"), shown, status=HTTP.get(str(refusal.code), 400))
    messages.success(request, f"已公布 {made.marks} 条成绩，暂缓 {made.held} 人。")
    return redirect("publications")


@require_POST
@needs(ACTION)
def release_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an approval back, with a reason."""
    approved = get_object_or_404(Release, pk=pk)
    return _with_reason(request, approved.exam_session_id, withdraw, approved.pk, done="已撤回批准。")


@require_POST
@needs(ACTION)
def mark_start_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back the entries of one paper, with a reason."""
    seat = get_object_or_404(Seat.objects.visible_to(request.user).select_related("entry"), pk=pk)
    return _with_reason(request, seat.entry.exam_session_id, start_over, seat.pk, done="已退回录分，请重新录入。")


@require_POST
@needs(ACTION)
def entry_hold(request: HttpRequest, pk: int) -> HttpResponse:
    """Hold one candidate's results back, with a reason."""
    entry = get_object_or_404(Entry.objects.visible_to(request.user), pk=pk)
    return _with_reason(request, entry.exam_session_id, hold_entry, entry.pk, done="已暂缓。")


@require_POST
@needs(ACTION)
def entry_release(request: HttpRequest, pk: int) -> HttpResponse:
    """Let one held candidate's results go with the next publication, with a reason."""
    entry = get_object_or_404(Entry.objects.visible_to(request.user), pk=pk)
    return _with_reason(request, entry.exam_session_id, release_entry, entry.pk, done="已解除暂缓。")


def _approve(request: HttpRequest, session: ExamSession) -> HttpResponse:
    leave_out = _left_out(request.POST)
    form = ApproveForm(request.POST)
    http = 400
    if form.is_valid():
        given = form.cleaned_data
        try:
            made = approve(
                session.pk,
                by=Act.of(request),
                expected_hash=given["expected_hash"],
                leave_out=leave_out,
                publish_at=given["publish_at"],
            )
            messages.success(request, f"已批准 {made.marks} 条成绩，内容已冻结。")
            return redirect("publication", pk=session.pk)
        except Refusal as refusal:
            add_to_form(form, refusal)
            http = HTTP.get(str(refusal.code), 400)
    shown = _shown(preview(session.pk, leave_out=leave_out), request)
    return render(request, PAGE.format("gate"), {**shown, "form": form}, status=http)


def _with_reason(
    request: HttpRequest, exam_session_id: int, service: Callable[..., Any], key: int, *, done: str
) -> HttpResponse:
    form = ReasonForm(request.POST)
    try:
        service(key, reason=form.cleaned_data["reason"] if form.is_valid() else "", by=Act.of(request))
        messages.success(request, done)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect("publication", pk=exam_session_id)


def _left_out(data: QueryDict) -> list[int]:
    return [int(one) for one in data.getlist("leave") if one.isdecimal() and len(one) < 12]


def _shown(batch: Batch, request: HttpRequest) -> dict[str, Any]:
    page = Paginator(batch.ready, ROWS).get_page(request.GET.get("page"))
    return {
        "batch": batch,
        "session": batch.exam_session,
        "ready": page,
        "subjects": [seat.subject for seat in batch.ready[0].seats] if batch.ready else [],
        "held": batch.held,
        "against": standing_against(batch.exam_session.pk),
    }
