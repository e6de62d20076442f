"""The marker's pages: own sittings, and a keyboard grid by ticket number (matrix: score.enter)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from exams.enums import SittingStatus
from exams.forms_marks import RowError, TotalsForm, save_grid
from exams.models import Sitting
from exams.services.mark_grid import (
    grid,
    grids,
    of_late_publications,
    of_open_sessions,
    sittings_to_mark,
    totals,
    with_papers,
)
from exams.services.paper_totals import of_marker, state_totals, stated_by
from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form

from .doors import needs

ACTION = "score.enter"
PAGE = "exams/marks/{}.html"
ROOMS = 20  # on one page of the list


@require_safe
@needs(ACTION)
def marks(request: HttpRequest) -> HttpResponse:
    """The sittings assigned to this person with what is left to do in each; `over`: those whose results are out."""
    by, is_over = Act.of(request), "over" in request.GET
    listed = with_papers(_listed(by, is_over=is_over))
    page = Paginator(listed, ROOMS).get_page(request.GET.get("page"))
    found = grids(page.object_list, marker=by.person)
    rows = [(one, len(found[one.pk]), totals(found[one.pk])) for one in page.object_list]
    ready = [row for row in rows if row[0].status == SittingStatus.CLOSED]
    waiting = [row for row in rows if row not in ready]
    shown = {"page": page, "ready": ready, "waiting": waiting, "is_over": is_over}
    return render(request, PAGE.format("list"), shown)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ACTION)
def mark_grid(request: HttpRequest, pk: int) -> HttpResponse:
    """The papers of one sitting; what could be saved is saved, the rest says why beside its field."""
    by = Act.of(request)
    sitting = get_object_or_404(sittings_to_mark(by.person), pk=pk)
    errors: dict[int, RowError] = {}
    form = TotalsForm(request.POST or None)
    if request.method == "POST":
        saved, errors = save_grid(grid(sitting, marker=by.person), request.POST.dict(), by=by)
        if saved:
            messages.success(request, f"已保存 {saved} 份。")
        if form.is_stated:
            _keep_totals(request, form, sitting, by)
        if not errors and form.is_valid():
            return redirect("mark-grid", pk=pk)
    shown = _shown(sitting, by, errors) | ({"form": form} if form.is_bound else {})
    return render(request, PAGE.format("grid"), shown, status=409 if _stale(errors) else 200)


def _listed(by: Act, *, is_over: bool) -> QuerySet[Sitting]:
    own = sittings_to_mark(by.person)
    return of_late_publications(own, on=by.on) if is_over else of_open_sessions(own)


def _keep_totals(request: HttpRequest, form: TotalsForm, sitting: Sitting, by: Act) -> None:
    """State what the paper says, after the marks of this page were saved."""
    try:
        given = form.cleaned_data
        found = state_totals(sitting.pk, papers=given["papers"], total=given["total"], by=by)
        if found.agrees:
            messages.success(request, "本人录入与纸面合计一致。")
    except Refusal as refusal:
        add_to_form(form, refusal, "total")


def _stale(errors: dict[int, RowError]) -> bool:
    return any(error.current for error in errors.values())


def _shown(sitting: Sitting, by: Act, errors: dict[int, RowError]) -> dict[str, Any]:
    rows = grid(sitting, marker=by.person)
    stated = stated_by(sitting, by.person)
    initial = {"papers": stated.papers, "total": stated.total} if stated else {}
    return {
        "form": TotalsForm(initial=initial),
        "comparison": of_marker(stated) if stated else None,
        "sitting": sitting,
        "rows": [(row, errors.get(row.seat.pk)) for row in rows],
        "totals": totals(rows),
        "errors": len(errors),
        "is_ready": sitting.status == SittingStatus.CLOSED,
    }
