"""The marker's pages: own sittings, and a keyboard grid by ticket number (matrix: score.enter)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from exams.enums import SittingStatus
from exams.forms_marks import RowError, save_grid
from exams.models import Sitting
from exams.services.mark_grid import grid, sittings_to_mark, totals
from kupasi.acts import Act

from .doors import needs

ACTION = "score.enter"
PAGE = "exams/marks/{}.html"


@require_safe
@needs(ACTION)
def marks(request: HttpRequest) -> HttpResponse:
    """The sittings assigned to this person, with what is left to do in each."""
    by = Act.of(request)
    rows = [(sitting, totals(grid(sitting, marker=by.person))) for sitting in sittings_to_mark(by.person)[:50]]
    ready = [row for row in rows if row[0].status == SittingStatus.CLOSED]
    return render(request, PAGE.format("list"), {"ready": ready, "waiting": [row for row in rows if row not in ready]})


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ACTION)
def mark_grid(request: HttpRequest, pk: int) -> HttpResponse:
    """The papers of one sitting; what could be saved is saved, the rest says why beside its field."""
    by = Act.of(request)
    sitting = get_object_or_404(sittings_to_mark(by.person), pk=pk)
    errors: dict[int, RowError] = {}
    if request.method == "POST":
        saved, errors = save_grid(grid(sitting, marker=by.person), request.POST.dict(), by=by)
        if saved:
            messages.success(request, f"已保存 {saved} 份。")
        if not errors:
            return redirect("mark-grid", pk=pk)
    return render(request, PAGE.format("grid"), _shown(sitting, by, errors), status=409 if _stale(errors) else 200)


def _stale(errors: dict[int, RowError]) -> bool:
    return any(error.current for error in errors.values())


def _shown(sitting: Sitting, by: Act, errors: dict[int, RowError]) -> dict[str, Any]:
    rows = grid(sitting, marker=by.person)
    return {
        "sitting": sitting,
        "rows": [(row, errors.get(row.seat.pk)) for row in rows],
        "totals": totals(rows),
        "errors": len(errors),
        "is_ready": sitting.status == SittingStatus.CLOSED,
    }
