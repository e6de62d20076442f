"""The operator's page: signs of life, queues and ages, letters that were given up, job runs, the daily roots."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from kupasi import clock
from kupasi.acts import Act
from kupasi.notices import services as letters
from kupasi.notices.admin import family_of
from kupasi.people import matrix_words
from kupasi.people.roles import ROLES, may

from .services import pulse, roots

View = Callable[..., HttpResponse]
PER_PAGE = 30


def allowed(action: str) -> Callable[[View], View]:
    """Signed-in staff whose role has the action of the matrix; everybody else is led to sign in, or refused."""

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not may(request.user, action):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return admin.site.admin_view(guarded)  # type: ignore[return-value]  # a view like ours

    return wrap


@allowed("sys.logs")
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Everything at a glance; without personal data."""
    at = clock.now()
    dead = Paginator(pulse.dead_letters(), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "title": "运行维护",
        "sees_roots": may(request.user, "audit.read"),
        "beats": [(one, pulse.words(one.age)) for one in pulse.beats(at)],
        "queues": [(one, pulse.words(one.oldest)) for one in pulse.lines(at)],
        "jobs": [(label, pulse.words(pulse.last_run(job, at=at))) for job, label in pulse.JOBS.items()],
        "dead": dead,
        "given_up": [(one, family_of(one.kind)) for one in dead],
        "runs": pulse.last_runs(),
    }
    return render(request, "operations/board.html", {**admin.site.each_context(request), **context})


@allowed("sys.logs")
@require_POST
def replay(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a letter that was given up once more."""
    if letters.replay(pk, by=Act.of(request)):
        messages.success(request, f"信件 {pk} 已放回队列，稍后重发。")
    else:
        messages.info(request, f"信件 {pk} 不在未送达之列，没有改动。")
    return redirect("operations")


@allowed("audit.read")
@require_safe
def roots_list(request: HttpRequest) -> HttpResponse:
    """The daily roots, the newest first."""
    context = {"title": "审计日根", "roots": roots.latest()}
    return render(request, "operations/roots.html", {**admin.site.each_context(request), **context})


@allowed("audit.read")
@require_safe
def root(request: HttpRequest, day: str) -> HttpResponse:
    """One root, for printing and for comparing with what was printed."""
    try:
        found = roots.of_day(date.fromisoformat(day))
    except ValueError as problem:
        raise Http404 from problem
    if found is None:
        raise Http404
    context = {"title": f"审计日根 {found.day}", "root": found}
    return render(request, "operations/root.html", {**admin.site.each_context(request), **context})


@allowed("audit.read")
@require_safe
def matrix(request: HttpRequest) -> HttpResponse:
    """Who may do what, as the product's own copy of the matrix says, and whether the groups still say the same."""
    lines = list(matrix_words.lines())
    context = {
        "title": "权限矩阵",
        "roles": ROLES.values(),
        "lines": lines,
        "letters": matrix_words.LETTERS.items(),
        "drifted": [one for one in lines if not all(agrees for *_, agrees in one.cells)],
    }
    return render(request, "operations/matrix.html", {**admin.site.each_context(request), **context})
