"""Tickets and results of an institution's people: read, confirmed, the retakes made the next draft (K1, M7, T1)."""

from __future__ import annotations

from typing import BinaryIO

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exams.services.ticket_answers import DISPUTE_LENGTH
from kupasi import clock
from kupasi.acts import Act
from kupasi.errors import Refusal
from registration.models import Roster
from registration.services.rosters import after, next_draft, ticket_books

from .institution_doors import needs

PDF, ZIP = "application/pdf", "application/zip"


def own_roster(request: HttpRequest, pk: int) -> Roster:
    """One of the own institution's lists; another's is not there."""
    rows = Roster.objects.visible_to(request.user).select_related("window", "institution")
    return get_object_or_404(rows, pk=pk)


def a_file(content: bytes, *, name: str, kind: str) -> HttpResponse:
    """A download that no cache keeps."""
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store, private"}
    return HttpResponse(content, content_type=kind, headers=headers)


def from_disk(content: BinaryIO, *, name: str, kind: str) -> FileResponse:
    """The same for what is large: sent piece by piece."""
    answer = FileResponse(content, as_attachment=True, filename=name, content_type=kind)
    answer["Cache-Control"] = "no-store, private"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@needs("ticket.read")
def tickets(request: HttpRequest, pk: int) -> HttpResponse:
    """The tickets class by class; POST confirms all that were shown but those with a report of an error."""
    roster = own_roster(request, pk)
    if request.method == "POST":
        return _answered(request, roster)
    named = request.GET.get("class")
    shown = after.tickets(roster, class_name=named[:60] if named is not None else None)
    context = {
        "nav": "mine",
        "roster": roster,
        "here": "tickets",
        "classes": after.classes(roster),
        "named": named,
        "tickets": shown,
        "waiting": sum(one.is_open for one in shown),
        "longest": DISPUTE_LENGTH,
        "is_one_book": len(shown) <= ticket_books.MOST,
    }
    return render(request, "registration/institution/tickets.html", context)


def _answered(request: HttpRequest, roster: Roster) -> HttpResponse:
    seen, exceptions = _typed(request.POST)
    done = after.answer_tickets(roster, seen=seen, exceptions=exceptions, by=Act.of(request))
    said = f"已确认 {done.confirmed} 张准考证。" if done.confirmed else ""
    if done.disputed:
        said += f"{done.disputed} 张提出异议，业务受理点核对后会来信答复。"
    if said:
        messages.success(request, said)
    if done.left or not said:
        left = f"{done.left} 张没有变动：" if done.left else "没有变动："
        messages.warning(request, f"{left}已经答复过，或已有新版。请以本页显示的为准。")
    return redirect("institution-tickets", roster.pk)


def _typed(given: QueryDict) -> tuple[dict[int, int], dict[int, str]]:
    """The versions that were shown (`v12=1`) and the reports of errors (`t12=…`), by the ticket's key."""
    seen: dict[int, int] = {}
    exceptions: dict[int, str] = {}
    for name in given:
        mark, key, value = name[:1], name[1:18], str(given[name])
        if not key.isascii() or not key.isdigit():
            continue
        if mark == "v" and value.isascii() and value.isdigit():
            seen[int(key)] = int(value[:9])
        elif mark == "t" and value.strip():
            exceptions[int(key)] = value.replace("\x00", "").strip()[:DISPUTE_LENGTH]
    return seen, exceptions


@require_safe
@needs("ticket.read")
def tickets_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The tickets of one class (`?class=`), or of the whole list, as one PDF; the download is recorded."""
    roster, named = own_roster(request, pk), request.GET.get("class")
    try:
        content = ticket_books.one_pdf(after.tickets(roster, class_name=named[:60] if named is not None else None))
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect("institution-tickets", pk)
    after.note_download(roster, what="tickets", by=Act.of(request))
    part = "全部" if named is None else ticket_books.plain(named) or ticket_books.NO_CLASS
    return from_disk(content, name=f"准考证-{roster.number}-{part}.pdf", kind=PDF)


@require_safe
@needs("ticket.read")
def tickets_zip(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The tickets as separate files, a folder for each class; with `?by=class` one PDF a class. It is recorded."""
    roster, is_by_class = own_roster(request, pk), request.GET.get("by") == "class"
    make = ticket_books.by_class if is_by_class else ticket_books.zipped
    try:
        content = make(after.tickets(roster))
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect("institution-tickets", pk)
    after.note_download(roster, what="tickets", by=Act.of(request))
    return from_disk(content, name=f"准考证-{roster.number}-{'分班' if is_by_class else '分人'}.zip", kind=ZIP)


@require_safe
@needs("score.read")
def results(request: HttpRequest, pk: int) -> HttpResponse:
    """What is published, person by person, and who may retake what."""
    roster = own_roster(request, pk)
    shown = after.results(roster, on=clock.today())
    context = {
        "nav": "mine",
        "roster": roster,
        "here": "results",
        "results": shown,
        "retakes": sum(one.retake is not None for one in shown),
        "draft": next_draft.waiting(roster),
    }
    return render(request, "registration/institution/results.html", context)


@require_POST
@needs("batch.upload")
def retakes(request: HttpRequest, pk: int) -> HttpResponse:
    """The suggested retakes become the file of a new list, to be looked at like any other."""
    roster = own_roster(request, pk)
    begun = next_draft.waiting(roster)
    try:
        made = next_draft.draft_retakes(roster, by=Act.of(request))
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect("institution-results", pk)
    said = "补考名单已经生成过，就是这一份" if begun == made else f"已生成补考名单 {made.number}"
    messages.success(request, f"{said}，请核对后采用、签署并提交。")
    return redirect("institution-roster", made.pk)
