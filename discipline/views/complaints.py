"""Complaints: the public form and its answer, the office's list by deadline (通知 六(四))."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from certificates.throttle import VerifyThrottle
from discipline.forms_act import is_clerk
from discipline.forms_complaints import AskForm, ComplaintForm, ReplyForm
from discipline.models import Complaint
from discipline.services import complaints
from kupasi import clock
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal, add_to_form
from kupasi.people.masking import mask_name, mask_phone
from kupasi.people.roles import has_cell


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


def _reads_all(user: Any) -> bool:
    """The auditor: everything, masked, recorded, and nothing to press (matrix: case.decide_23)."""
    return has_cell(user, "case.decide_23", "L")


def _expect_reader(request: HttpRequest) -> None:
    if not (is_clerk(request.user) or _reads_all(request.user)):
        raise PermissionDenied


@require_safe
@login_required
def office(request: HttpRequest) -> HttpResponse:
    """Open complaints by deadline; the auditor reads them too."""
    _expect_reader(request)
    rows = Complaint.objects.visible_to(request.user)
    shown = {
        "open": rows.filter(answered_at=None),
        "done": rows.exclude(answered_at=None).order_by("-answered_at")[:50],
    }
    return render(request, "discipline/complaints/office.html", {**shown, "today": clock.today()})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """One complaint and its answer; for the auditor without the form, masked, and recorded."""
    _expect_reader(request)
    row = get_object_or_404(Complaint.objects.visible_to(request.user).select_related("case"), pk=pk)
    if not is_clerk(request.user):
        return _read(request, row)
    form = ReplyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            complaints.reply(row.pk, by=Act.of(request), **form.cleaned_data)
            messages.success(request, f"{row.number} 已答复。")
            return redirect("complaints")
        except Refusal as refusal:
            add_to_form(form, refusal)
    shown = {"complaint": row, "form": form, "name": row.name, "contact": row.contact}
    return render(request, "discipline/complaints/answer.html", shown)


def _read(request: HttpRequest, row: Complaint) -> HttpResponse:
    if request.method == "POST":
        raise PermissionDenied
    with transaction.atomic():
        record(Act.of(request), "complaint.read", row)
    shown = {"complaint": row, "name": mask_name(row.name), "contact": mask_phone(row.contact)}
    return render(request, "discipline/complaints/answer.html", shown)


def _may_ask(request: HttpRequest) -> bool:
    """Not too often from one address."""
    return VerifyThrottle().allow_request(request, None)  # type: ignore[arg-type]  # as the certificate page asks
