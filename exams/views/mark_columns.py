"""A column of marks for one sitting: pasted or uploaded, looked at line by line, then entered (matrix: score.enter)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from exams.enums import SittingStatus
from exams.forms_marks import ColumnForm
from exams.models import Sitting
from exams.resources import commit, preview, wrong_first
from exams.services.mark_columns import ColumnLine, enter_good_lines
from exams.services.mark_grid import grid, sittings_to_mark
from exams.services.mark_sheets import as_pasted, lines_of_file, lines_of_text, template
from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form

from .doors import needs

ACTION = "score.enter"
PAGE = "exams/marks/column.html"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@needs(ACTION)
def mark_template(request: HttpRequest, pk: int) -> HttpResponse:
    """The workbook with the ticket numbers that are still to be entered."""
    by = Act.of(request)
    sitting = get_object_or_404(sittings_to_mark(by.person).filter(status=SittingStatus.CLOSED), pk=pk)
    headers = {"Content-Disposition": f'attachment; filename="marks-{pk}.xlsx"'}
    return HttpResponse(template(sitting, marker=by.person), content_type=XLSX, headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ACTION)
def column(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: paste or upload. POST: look at the lines (`look`), enter all (`all`), or enter the good ones (`good`)."""
    by = Act.of(request)
    sitting = get_object_or_404(sittings_to_mark(by.person), pk=pk)
    shown: dict[str, Any] = {"sitting": sitting, "is_ready": sitting.status == SittingStatus.CLOSED}
    if request.method != "POST":
        return render(request, PAGE, {**shown, "form": ColumnForm()})
    form = ColumnForm(request.POST, request.FILES)
    status = 400
    if form.is_valid():
        try:
            lines = _lines(form, sitting, by)
            if request.POST.get("step") in ("all", "good"):
                return _enter(request, sitting, lines, by)
            judged, totals = preview(sitting, lines, by=by)
            shown |= {"judged": judged, "answers": wrong_first(judged), "totals": totals, "pasted": as_pasted(lines)}
            status = 200
        except Refusal as refusal:
            add_to_form(form, refusal)
    return render(request, PAGE, {**shown, "form": form}, status=status)


def _lines(form: ColumnForm, sitting: Sitting, by: Act) -> list[ColumnLine]:
    if form.cleaned_data["file"]:
        return lines_of_file(form.cleaned_data["file"].read())
    open_ones = [row.ticket for row in grid(sitting, marker=by.person) if row.task in ("first", "second", "third")]
    return lines_of_text(form.cleaned_data["column"], tickets=open_ones)


def _enter(request: HttpRequest, sitting: Sitting, lines: list[ColumnLine], by: Act) -> HttpResponse:
    if request.POST["step"] == "good":
        done = enter_good_lines(sitting.pk, lines, by=by)
    else:
        done = commit(sitting, lines, by=by)
    messages.success(request, f"已录入 {done} 份，请核对纸面合计。")
    return redirect("mark-grid", pk=sitting.pk)
