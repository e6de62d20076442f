"""Files that an institution downloads: the workbook for a list, and a sent one with every mistake marked."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from kupasi.acts import Act
from kupasi.errors import Refusal
from registration.enums import MAKING_RUNS, MakingState
from registration.services.rosters import marked_files, signing, workbooks

from .institution_doors import needs
from .institution_rosters import own_roster
from .institution_uploads import own_upload

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@needs("batch.upload")
@never_cache
@require_safe
def workbook(request: HttpRequest, pk: int) -> HttpResponse:
    """The workbook of this institution and window, with whoever stands on the list already."""
    found, by = own_roster(request, pk), Act.of(request)
    content = workbooks.workbook_for(found, by=by)
    signing.record_download(by, found, what="workbook")
    headers = {"Content-Disposition": f'attachment; filename="roster-{found.number}.xlsx"'}
    return HttpResponse(content, content_type=XLSX, headers=headers)


@needs("batch.upload")
@never_cache
@require_safe
def marked(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows as they were sent, with red cells, comments and a column of sentences; a large one once it is made."""
    found = own_upload(request, pk)
    made = marked_files.current(found) if marked_files.is_large(found) else None
    if marked_files.is_large(found) and (made is None or made.state != MakingState.READY):
        return redirect("institution-marking", found.pk)
    signing.record_download(Act.of(request), found.roster, what="marked")
    headers = {"Content-Disposition": f'attachment; filename="roster-{found.roster.number}-marked-{found.pk}.xlsx"'}
    return HttpResponse(marked_files.content(found, made), content_type=XLSX, headers=headers)


@needs("batch.upload")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def marking(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the worker is with a large marked workbook; POST has it made. `?bar` is the bar alone, for htmx."""
    found = own_upload(request, pk)
    if request.method == "POST":
        try:
            marked_files.ask(found.pk, by=Act.of(request))
        except Refusal as refusal:
            messages.error(request, refusal.sentence)
        return redirect("institution-marking", found.pk)
    made = marked_files.current(found)
    runs = made is not None and made.state in MAKING_RUNS
    if "bar" in request.GET and not runs:
        return HttpResponse(headers={"HX-Refresh": "true"})
    shown = {"nav": "mine", "upload": found, "roster": found.roster, "made": made, "runs": runs}
    page = "marking_bar" if "bar" in request.GET else "marking"
    return render(request, f"registration/institution/{page}.html", shown)
