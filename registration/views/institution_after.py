"""Tickets and results of an institution's people: read, confirmed, the retakes made the next draft (K1, M7, T1)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exams.services.ticket_answers import DISPUTE_LENGTH
from kupasi import clock
from kupasi.acts import Act
from kupasi.errors import Refusal
from registration.models import Roster
from registration.services.rosters import after, next_draft

from .institution_doors import needs

PDF, ZIP = "application/pdf", "application/zip"


def own_roster(request: HttpRequest, pk: int) -> Roster:
    """One of the own institution's lists; another's is not there."""
    rows = Roster.objects.visible_to(request.user).select_related("window", "institution")
    return get_object_or_404(rows, pk=pk)


def a_file(content: bytes, *, name: str, kind: str) -> HttpResponse:
    """A download that no cache keeps."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store, private"}
    return HttpResponse(content, content_type=kind, headers=headers)


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
    }
    return render(request, "registration/institution/tickets.html", context)


def _answered(request: HttpRequest, roster: Roster) -> HttpResponse:
    seen, exceptions = _typed(request.POST)
    confirmed = after.answer_tickets(roster, seen=seen, exceptions=exceptions, by=Act.of(request))
    said = f"已确认 {confirmed} 张准考证。"
    if exceptions:
        said += f"{len(exceptions)} 张提出异议，业务受理点核对后会来信答复。"
    messages.success(request, said)
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
def tickets_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The tickets of one class (`?class=`), or of the whole list, as one PDF; the download is recorded."""
    roster, named = own_roster(request, pk), request.GET.get("class")
    try:
        content = after.one_pdf(after.tickets(roster, class_name=named[:60] if named is not None else None))
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect("institution-tickets", pk)
    after.note_download(roster, what="tickets", by=Act.of(request))
    return a_file(content, name=f"tickets-{roster.number}.pdf", kind=PDF)


@require_safe
@needs("ticket.read")
def tickets_zip(request: HttpRequest, pk: int) -> HttpResponse:
    """The tickets as separate files, a folder for each class; the download is recorded."""
    roster = own_roster(request, pk)
    try:
        content = after.zipped(after.tickets(roster))
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect("institution-tickets", pk)
    after.note_download(roster, what="tickets", by=Act.of(request))
    return a_file(content, name=f"tickets-{roster.number}.zip", kind=ZIP)


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
    }
    return render(request, "registration/institution/results.html", context)


@require_POST
@needs("batch.upload")
def retakes(request: HttpRequest, pk: int) -> HttpResponse:
    """The suggested retakes become the file of a new list, to be looked at like any other."""
    roster = own_roster(request, pk)
    try:
        made = next_draft.draft_retakes(roster, by=Act.of(request))
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect("institution-results", pk)
    messages.success(request, f"已生成补考名单 {made.number}，请核对后采用、签署并提交。")
    return redirect("institution")
