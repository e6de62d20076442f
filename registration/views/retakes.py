"""Before a retake: what is kept, what is left, what it costs; then into the four steps."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from exams.enums import EntryKind
from exams.models import Occupation
from exams.rules import find_window
from exams.services.calendar import public_windows
from exams.services.kept_passes import entitlement
from kupasi import clock
from kupasi.acts import Act
from kupasi.errors import Refusal
from registration.enums import ApplicationStatus
from registration.models import Application
from registration.services.retakes import start_retake

from .candidate_doors import http_status, own_candidate


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest, code: str) -> HttpResponse:
    """The wallet of one occupation; starting makes the draft one for the missing subjects."""
    person, today, status = own_candidate(request), clock.today(), 200
    occupation = get_object_or_404(Occupation.objects.public(), code=code)
    if request.method == "POST":
        try:
            draft = start_retake(person, occupation=code, by=Act.of(request))
            return redirect("apply-continue", pk=draft.pk)
        except Refusal as refusal:
            status = http_status(refusal)
    mine = Application.objects.visible_to(request.user).filter(candidate=person)
    context = {
        "nav": "mine",
        "one": entitlement(person.pk, occupation.pk, on=today),
        "standing": mine.open().filter(occupation=occupation).first(),
        "draft": mine.filter(status=ApplicationStatus.DRAFT)
        .exclude(kind=EntryKind.RETAKE, occupation=occupation)
        .first(),
        "answer": find_window(today, public_windows()),
    }
    return render(request, "registration/me/retake.html", context, status=status)
