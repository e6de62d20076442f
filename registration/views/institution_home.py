"""The institution's first page: every window with what was filed in it, and a new list."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from exams.models import Window
from exams.rules import find_window
from exams.services.calendar import public_windows
from kupasi import clock
from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form
from kupasi.people.roles import may
from registration.enums import RosterStatus
from registration.forms.roster import StartForm
from registration.models import Roster
from registration.services.rosters import start_roster
from registration.services.rosters.overview import windows_of

from .institution_doors import needs, own_institution

PAGE = "registration/institution/home.html"


@needs("batch.upload")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What the institution files for its people, window by window (通知 二(二))."""
    return _shown(request, StartForm())


@needs("batch.upload")
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """A new list for a window."""
    window, form = get_object_or_404(Window.objects.public(), pk=pk), StartForm(request.POST)
    if form.is_valid():
        try:
            roster = start_roster(
                own_institution(request), window=window, label=form.cleaned_data["label"], by=Act.of(request)
            )
            return redirect("institution-roster", roster.pk)
        except Refusal as refusal:
            add_to_form(form, refusal)
    return _shown(request, form, status=400)


def _shown(request: HttpRequest, form: StartForm, *, status: int = 200) -> HttpResponse:
    today, institution = clock.today(), own_institution(request)
    rosters = Roster.objects.visible_to(request.user).exclude(status=RosterStatus.WITHDRAWN)
    answer = find_window(today, public_windows())
    shown = {
        "nav": "mine",
        "institution": institution,
        "windows": windows_of(institution, rosters.select_related("window").order_by("-pk"), on=today),
        "answer": answer,
        "days_left": (answer.window.closes_on - today).days if answer.window else None,
        "may_open": may(request.user, "account.create_clerk"),
        "form": form,
    }
    return render(request, PAGE, shown, status=status)
