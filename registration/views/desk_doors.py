"""Doors of the counter: who may come in, and what every screen of it shows."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from exams.rules import find_window
from exams.services.calendar import public_windows
from kupasi import clock
from kupasi.people.roles import may
from registration.models import Application

View = Callable[..., HttpResponse]
LATEST = 6


def needs(*doors: tuple[str, str]) -> Callable[[View], View]:
    """Signed-in staff who have one of these actions in this form."""

    def wrap(view: View) -> View:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            user = request.user
            if not user.is_staff or not any(may(user, action, how=how) for action, how in doors):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return wrap


def office(view: View) -> View:
    """Signed-in staff of any role; what the page shows follows the role."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_staff or not request.user.role_names:  # type: ignore[union-attr]
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


CLERK = ("app.create_counter", "")
FINANCE = ("order.mark_paid", "approve")


def shown(request: HttpRequest, **more: Any) -> dict[str, Any]:
    """The shell of the office, the window, and what this person entered last."""
    user, today = request.user, clock.today()
    answer = find_window(today, public_windows())
    own = Application.objects.visible_to(user).filter(created_by=user.pk).exclude(number=None)
    return {
        **admin.site.each_context(request),
        "title": "现场受理",
        "window": answer.window,
        "days_left": (answer.window.closes_on - today).days if answer.window else None,
        "next_window": answer.next_window,
        "latest": own.select_related("occupation").order_by("-submitted_at")[:LATEST],
        "may_enter": may(user, *CLERK[:1]),
        "may_pay": may(user, FINANCE[0], how=FINANCE[1]),
        **more,
    }
