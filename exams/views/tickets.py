"""The candidate's ticket: look, confirm, report an error, download (通知 二(五); rules K1, K2)."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exams.enums import Attendance, EntryStatus, TicketStatus
from exams.forms_tickets import DisputeForm, VersionForm
from exams.models import AdmissionTicket
from exams.services import ticket_answers
from exams.services.settings import number
from exams.services.ticket_facts import changes, described
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal, add_to_form
from kupasi.people.models import User

TONES = {
    TicketStatus.CONFIRMED: "good",
    TicketStatus.DEPOSITED: "good",
    TicketStatus.DISPUTED: "warn",
    TicketStatus.REVOKED: "bad",
}


@require_safe
@login_required
def ticket(request: HttpRequest, pk: int) -> HttpResponse:
    """One ticket as its paper has it, and what is to be done with it."""
    return render(request, "exams/tickets/ticket.html", _context(request, _found(request, pk)))


@require_POST
@login_required
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """It is right."""
    found = _own(request, pk)
    form = VersionForm(request.POST)
    try:
        ticket_answers.confirm(found.pk, by=Act.of(request), version=form.seen)
        messages.success(request, "已确认。考试当天请带好准考证和身份证件。")
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect("ticket", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def dispute(request: HttpRequest, pk: int) -> HttpResponse:
    """Something is wrong: say what."""
    found = _own(request, pk)
    form = DisputeForm(request.POST or None, initial={"version": found.version})
    if request.method == "POST" and form.is_valid():
        try:
            text, version = form.cleaned_data["text"], form.cleaned_data["version"]
            ticket_answers.dispute(found.pk, by=Act.of(request), text=text, version=version)
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, "已收到，我们会核对并把结果发给您。")
            return redirect("ticket", pk=pk)
    return render(request, "exams/tickets/dispute.html", {"ticket": found, "form": form, "nav": "mine"})


@require_safe
@login_required
def ticket_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The newest version as PDF; what the office opens is recorded."""
    found = _found(request, pk)
    version = found.versions.get(version=found.version)
    if cast(User, request.user).is_staff:
        with transaction.atomic():
            record(Act.of(request), "ticket.read", found, after={"version": version.version})
    with version.file.open("rb") as file:
        content = file.read()
    headers = {"Cache-Control": "no-store, private", "Content-Disposition": f'inline; filename="ticket-{pk}.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def _found(request: HttpRequest, pk: int) -> AdmissionTicket:
    rows = AdmissionTicket.objects.visible_to(request.user).filter(version__gte=1)
    return get_object_or_404(rows.select_related("entry__candidate", "entry__exam_session__occupation"), pk=pk)


def _own(request: HttpRequest, pk: int) -> AdmissionTicket:
    """Only the holder answers here; for the office there is the admin."""
    rows = AdmissionTicket.objects.visible_to(request.user).filter(
        version__gte=1, entry__candidate__user=request.user.pk
    )
    return get_object_or_404(rows, pk=pk)


def _context(request: HttpRequest, found: AdmissionTicket) -> dict[str, Any]:
    versions = list(found.versions.order_by("-version")[:2])
    newest = versions[0]
    is_own = found.entry.candidate.user_id == request.user.pk
    is_over = found.entry.status in (EntryStatus.SAT, EntryStatus.PUBLISHED)
    asked = found.status in (TicketStatus.SENT, TicketStatus.DEPOSITED, TicketStatus.MADE)
    may_answer = is_own and not is_over and asked and found.answered_at is None
    confirmed = found.answered_at is not None and found.status in (TicketStatus.CONFIRMED, TicketStatus.DEPOSITED)
    return {
        "ticket": found,
        "newest": newest,
        "lines": described(newest.facts),
        "changes": changes(versions[1].facts, newest.facts) if len(versions) > 1 else [],
        "tone": TONES.get(TicketStatus(found.status), "info"),
        "is_own": is_own,
        "is_over": is_over,
        "may_confirm": may_answer or (is_own and not is_over and found.status == TicketStatus.DISPUTED),
        "may_dispute": may_answer or (is_own and not is_over and confirmed),
        "attended": found.entry.seats.exclude(attendance=Attendance.UNKNOWN).select_related("subject").order_by("pk"),
        "doors": number("doors_open_minutes"),
        "late": number("late_entry_minutes"),
        "nav": "mine",
    }
