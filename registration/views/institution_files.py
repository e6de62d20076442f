"""Files that an institution downloads: the workbook for a list, the list on paper, a sent file with its mistakes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from kupasi.acts import Act
from kupasi.errors import Refusal
from registration.enums import MAKING_RUNS, ListPaper, MakingState
from registration.models import ListFile, MarkedFile, Roster
from registration.services.rosters import list_files, marked_files, signing

from .institution_doors import needs
from .institution_rosters import own_roster
from .institution_uploads import own_upload

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@needs("batch.upload")
@never_cache
@require_safe
def workbook(request: HttpRequest, pk: int) -> HttpResponse:
    """The workbook of this institution and window, with whoever stands on the list already."""
    return _of_list(request, own_roster(request, pk), ListPaper.WORKBOOK)


@needs("batch.upload")
@never_cache
@require_safe
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """The printable list with its signature lines."""
    return _of_list(request, own_roster(request, pk), ListPaper.LIST)


def _of_list(request: HttpRequest, found: Roster, what: ListPaper) -> HttpResponse:
    """A small file made now, a large one once the worker has made it; that it was taken is recorded."""
    large, by = list_files.is_large(found, what), Act.of(request)
    made = list_files.current(found, what) if large else None
    if large and (made is None or made.state != MakingState.READY):
        return redirect("institution-making", found.pk, what.value)
    content = list_files.content(found, what, made, by=by)
    signing.record_download(by, found, what=what.value)
    kind, name = (XLSX, "attachment") if what is ListPaper.WORKBOOK else ("application/pdf", "inline")
    ending = "xlsx" if what is ListPaper.WORKBOOK else "pdf"
    headers = {"Content-Disposition": f'{name}; filename="roster-{found.number}.{ending}"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=kind, headers=headers)


@needs("batch.upload")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def list_making(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """How far the worker is with a large list; POST has it made. `?bar` is the bar alone, for htmx."""
    found = own_roster(request, pk)
    if what not in {one.value for one in ListPaper}:
        raise Http404
    kind = ListPaper(what)
    if request.method == "POST":
        list_files.ask(found.pk, kind, by=Act.of(request))
        return redirect("institution-making", found.pk, what)
    is_book = kind is ListPaper.WORKBOOK
    back = reverse("institution-roster" if is_book else "institution-sign", args=[found.pk])
    return _making(request, list_files.current(found, kind), {
        "roster": found,
        "title": "预填的工作簿" if is_book else "资格初审名单（PDF）",
        "lead": str(found),
        "total": list_files.people(found, kind),
        "page_url": request.path,
        "file_url": reverse("institution-workbook" if is_book else "institution-paper", args=[found.pk]),
        "back_url": back,
        "back_label": "返回名单" if is_book else "返回资格初审",
        "say_ready": "工作簿已做好，里面有名单上的每一个人。" if is_book else "名单已做好，可以打印、签字。",
    })  # fmt: skip


def _making(request: HttpRequest, made: MarkedFile | ListFile | None, shown: dict[str, Any]) -> HttpResponse:
    runs = made is not None and made.state in MAKING_RUNS
    if "bar" in request.GET and not runs:
        return HttpResponse(headers={"HX-Refresh": "true"})
    page = "marking_bar" if "bar" in request.GET else "marking"
    shown |= {"nav": "mine", "made": made, "runs": runs}
    return render(request, f"registration/institution/{page}.html", shown)


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
    return _making(request, marked_files.current(found), {
        "roster": found.roster,
        "title": "标好错误的工作簿",
        "lead": found.name,
        "total": found.rows,
        "page_url": request.path,
        "file_url": reverse("institution-marked", args=[found.pk]),
        "back_url": reverse("institution-upload", args=[found.pk]),
        "back_label": "返回核对结果",
        "say_ready": "工作簿已做好，改正后重新上传即可。",
    })  # fmt: skip
