"""The institution's first page: the window, what was filed in it, and what is next."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from exams.rules import find_window
from exams.services.calendar import public_windows
from kupasi import clock
from kupasi.people.roles import may

from .institution_doors import needs, own_institution


@needs("batch.upload")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What the institution files for its people (通知 二(二))."""
    today = clock.today()
    answer = find_window(today, public_windows())
    shown = {
        "nav": "mine",
        "institution": own_institution(request),
        "answer": answer,
        "days_left": (answer.window.closes_on - today).days if answer.window else None,
        "may_open": may(request.user, "account.create_clerk"),
    }
    return render(request, "registration/institution/home.html", shown)
