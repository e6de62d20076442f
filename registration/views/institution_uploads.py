"""One file of a list: how far the worker is, what was found, and taking it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kupasi.acts import Act
from kupasi.errors import Refusal
from registration.enums import RUNNING, RowChange, UploadState
from registration.models import RosterRow, RosterUpload
from registration.rules.roster_sentences import shown_sentence
from registration.rules.roster_types import Finding
from registration.services.rosters import (
    cancel_upload,
    changes_of,
    contents,
    discard_upload,
    findings_of,
    removed_rows,
    take_all,
    take_valid,
)

from .institution_doors import needs

PAGE = "registration/institution/{}.html"
PER_PAGE = 50
VIEWS = {"bad": "有误", "new": "新增", "changed": "有改动", "unchanged": "未变", "removed": "移出", "all": "全部"}


def own_upload(request: HttpRequest, pk: int) -> RosterUpload:
    """A file of one's own institution; another's is not there."""
    rows = RosterUpload.objects.visible_to(request.user).select_related("roster__window", "uploaded_by")
    return get_object_or_404(rows, pk=pk)


@needs("batch.upload")
@never_cache
@require_safe
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """While it is worked on: how far; afterwards: the counts, every error, and what may be done."""
    found = own_upload(request, pk)
    shown: dict[str, Any] = {"nav": "mine", "upload": found, "roster": found.roster, **_progress(found)}
    if found.state in RUNNING:
        return render(request, PAGE.format("progress"), shown)
    if found.state == UploadState.JUDGED:
        shown |= _listed(request, found)
    return render(request, PAGE.format("summary"), shown)


@needs("batch.upload")
@never_cache
@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The bar alone, for htmx; once the work is done the page is loaded anew."""
    found = own_upload(request, pk)
    if found.state not in RUNNING:
        answer = HttpResponse(status=200)
        answer["HX-Refresh"] = "true"
        return answer
    return render(request, PAGE.format("bar"), {"upload": found, **_progress(found)})


@needs("batch.upload")
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the worker to stop."""
    found = own_upload(request, pk)
    _try(request, lambda: cancel_upload(found.pk, by=Act.of(request)), "已请求取消，名单没有改动。")
    return redirect("institution-upload", found.pk)


@needs("batch.upload")
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a judged file aside."""
    found = own_upload(request, pk)
    _try(request, lambda: discard_upload(found.pk, by=Act.of(request)), "已放弃这个文件，名单没有改动。")
    return redirect("institution-roster", found.roster_id)


@needs("batch.upload")
@require_POST
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the list what the file says: all of it, or nothing."""
    found = own_upload(request, pk)
    done = _try(request, lambda: take_all(found.pk, by=Act.of(request)), f"名单已更新，共 {found.valid} 人。")
    return redirect("institution-roster", found.roster_id) if done else redirect("institution-upload", found.pk)


@needs("batch.upload")
@require_http_methods(["GET", "HEAD", "POST"])
def take_good(request: HttpRequest, pk: int) -> HttpResponse:
    """The second, explicit act: take the good rows, and say in words what is left behind."""
    found = own_upload(request, pk)
    if request.method == "POST":
        said = f"名单已更新，共 {found.valid} 人；有误的 {found.invalid} 行没有列入。"
        done = _try(request, lambda: take_valid(found.pk, by=Act.of(request)), said)
        return redirect("institution-roster", found.roster_id) if done else redirect("institution-upload", found.pk)
    shown = {
        "nav": "mine",
        "title": "只采用合格的行",
        "effects": [
            f"名单将是文件中合格的 {found.valid} 人。",
            f"有误的 {found.invalid} 行不列入名单，这些人本期不会被申报；改正后可以再上传。",
            f"原名单中有、文件里合格行没有的人会移出（约 {found.removed} 人）。",
        ],
        "clause": "通知 二(二)",
        "submit_label": f"确认，留下 {found.invalid} 行不列入",
        "cancel_url": reverse("institution-upload", args=[found.pk]),
    }
    return render(request, PAGE.format("confirm"), shown)


def _try(request: HttpRequest, act: Callable[[], object], said: str) -> bool:
    try:
        act()
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return False
    messages.success(request, said)
    return True


def _progress(found: RosterUpload) -> dict[str, Any]:
    """Of three times the rows: read, judged, stored; before the rows are counted the bar says that it does not know."""
    total = found.rows or 0
    done = found.read + found.judged + found.stored
    return {"total": total * 3, "done": min(done, total * 3), "percent": done * 100 // (total * 3) if total else None}


def _listed(request: HttpRequest, found: RosterUpload) -> dict[str, Any]:
    """The rows behind a tab, with their findings in words; filtered by code where one is chosen."""
    tab = request.GET.get("show") or ("bad" if found.invalid else "all")
    tab = tab if tab in VIEWS else "all"
    page = Paginator(_rows(request, found, tab), PER_PAGE).get_page(request.GET.get("page"))
    numbers = {
        "bad": found.invalid, "new": found.new, "changed": found.changed, "unchanged": found.unchanged,
        "removed": found.removed, "all": found.valid + found.invalid,
    }  # fmt: skip
    beside = changes_of(page.object_list)
    return {
        "tab": tab,
        "tabs": [(code, label, numbers[code]) for code, label in VIEWS.items()],
        "page": page,
        "lines": [(row, sentences(row), beside.get(row.pk)) for row in page.object_list],
        "result": found.valid,
    }


def sentences(row: RosterRow) -> list[tuple[Finding, str]]:
    """What was found on a row, each with its whole sentence and what to do."""
    values = contents(row).values
    return [(one, shown_sentence(one, values)) for one in findings_of(row)]


def _rows(request: HttpRequest, found: RosterUpload, tab: str) -> QuerySet[RosterRow]:
    lines = (
        RosterRow.objects.visible_to(request.user).filter(upload=found).select_related("occupation").order_by("line")
    )
    if tab == "bad":
        return lines.filter(is_valid=False)
    if tab in {RowChange.NEW, RowChange.CHANGED, RowChange.UNCHANGED}:
        return lines.filter(change=tab)
    if tab == "removed":
        return removed_rows(found).select_related("occupation").order_by("line")
    return lines
