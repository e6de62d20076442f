"""Complaints: the public form and its answer, the office's list by deadline (通知 六(四))."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from certificates.throttle import VerifyThrottle
from discipline.forms_act import is_clerk
from discipline.forms_complaints import AskForm, ComplaintForm, ReplyForm
from discipline.models import Complaint
from discipline.services import complaints
from exams.views.doors import needs
from kupasi import clock
from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def public(request: HttpRequest) -> HttpResponse:
    """Anybody may report something, also without a name; the number and the word are shown once."""
    form = ComplaintForm(request.POST or None)
    if request.method == "POST" and not _may_ask(request):
        return render(request, "429.html", status=429)
    if request.method == "POST" and form.is_valid():
        try:
            row, key = complaints.receive(Act.of(request), **form.cleaned_data)
            return render(request, "discipline/complaints/received.html", {"complaint": row, "key": key})
        except Refusal as refusal:
            add_to_form(form, refusal)
    return render(request, "discipline/complaints/form.html", {"form": form})


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def status(request: HttpRequest) -> HttpResponse:
    """How far a complaint is, by its number and word."""
    form, found = AskForm(request.POST or None), None
    if request.method == "POST" and not _may_ask(request):
        return render(request, "429.html", status=429)
    if request.method == "POST" and form.is_valid():
        found = complaints.asked(form.cleaned_data["number"], form.cleaned_data["key"])
        if found is None:
            form.add_error(None, "没有与编号和口令相符的投诉，请核对。")
    return render(request, "discipline/complaints/status.html", {"form": form, "complaint": found})


@require_safe
@needs("case.open")
def office(request: HttpRequest) -> HttpResponse:
    """Open complaints by deadline."""
    if not is_clerk(request.user):
        raise PermissionDenied
    rows = Complaint.objects.visible_to(request.user)
    shown = {
        "open": rows.filter(answered_at=None),
        "done": rows.exclude(answered_at=None).order_by("-answered_at")[:50],
    }
    return render(request, "discipline/complaints/office.html", {**shown, "today": clock.today()})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("case.open")
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """One complaint and its answer."""
    if not is_clerk(request.user):
        raise PermissionDenied
    row = get_object_or_404(Complaint.objects.visible_to(request.user), pk=pk)
    form = ReplyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            complaints.reply(row.pk, by=Act.of(request), **form.cleaned_data)
            messages.success(request, f"{row.number} 已答复。")
            return redirect("complaints")
        except Refusal as refusal:
            add_to_form(form, refusal)
    return render(request, "discipline/complaints/answer.html", {"complaint": row, "form": form})


def _may_ask(request: HttpRequest) -> bool:
    """Not too often from one address."""
    return VerifyThrottle().allow_request(request, None)  # type: ignore[arg-type]  # as the certificate page asks
