"""The doors of the candidate's pages: whose rows, which page a sentence points at, how a refusal is shown."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse

from kupasi.api import CONFLICTS
from kupasi.errors import Refusal
from kupasi.people.models import Candidate
from registration.models import Application
from registration.models.applications import ApplicationQuerySet
from registration.services.status import NextStep

OF_APPLICATION = {"application", "application-change", "apply-continue", "apply-preview", "application-form", "fee"}


def own_candidate(request: HttpRequest) -> Candidate:
    """The person behind the account; staff and institutions have no pages here."""
    person = Candidate.objects.visible_to(request.user).filter(user=request.user.pk).first()
    if person is None:
        raise PermissionDenied
    return person


def own_rows(request: HttpRequest) -> ApplicationQuerySet:
    """One's own applications."""
    return Application.objects.visible_to(request.user).filter(candidate__user=request.user.pk)


def own_application(request: HttpRequest, pk: int) -> Application:
    """An application of one's own with all that its page tells; anybody else's is not there."""
    shown = ("candidate", "occupation", "window", "exam_session", "document", "photo", "pledge", "entry__exam_session")
    return _own(request, pk, shown)


def own_draft(request: HttpRequest, pk: int) -> Application:
    """One's own with what its steps and its sheet show; a service reads the row again, locked."""
    return _own(request, pk, () if request.method == "POST" else ("candidate", "occupation", "document", "pledge"))


def _own(request: HttpRequest, pk: int, shown: tuple[str, ...]) -> Application:
    rows = own_rows(request)
    return get_object_or_404(rows.select_related(*shown) if shown else rows, pk=pk)


def page_url(name: str, application: Application) -> str:
    """The address of a page that a sentence points at; empty where this installation has no such page."""
    try:
        if name in OF_APPLICATION:
            return reverse(name, args=[application.pk])
        if name == "ticket":
            return reverse(name, args=[application.entry.ticket.pk]) if application.entry else ""
        return reverse(name) if name else ""
    except NoReverseMatch:
        return ""


def step_shown(application: Application, step: NextStep) -> dict[str, Any]:
    """The sentence with its address, as `components/next_step.html` takes it."""
    return {"next": step, "next_url": page_url(step.page, application)}


def http_status(refusal: Refusal) -> int:
    """409 where the state of things stands against it, 400 otherwise."""
    return 409 if refusal.code in CONFLICTS else 400


def refused(request: HttpRequest, application: Application, refusal: Refusal) -> HttpResponse:
    """A page that says no, why, and where to go on."""
    shown = {"nav": "mine", "application": application, "refusal": refusal}
    return render(request, "registration/apply/refused.html", shown, status=http_status(refusal))
