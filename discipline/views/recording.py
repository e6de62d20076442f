"""Recording: at a seat of one's own room, or afterwards at the office (matrix: case.open)."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from discipline.enums import Origin
from discipline.forms_act import is_clerk
from discipline.forms_record import LaterForm, RecordForm
from discipline.models import Case
from discipline.services.evidence import add_evidence
from discipline.services.recording import record_case
from exams.models import AdmissionTicket, OfflineNote, Seat, Sitting
from exams.services.rooms import own_seats
from exams.views.doors import needs
from kupasi import clock
from kupasi.acts import Act
from kupasi.clock import SHANGHAI
from kupasi.errors import Refusal, add_to_form


@require_http_methods(["GET", "HEAD", "POST"])
@needs("room.record")
def at_seat(request: HttpRequest, pk: int) -> HttpResponse:
    """The incident at a seat of one's own rooms."""
    seat = get_object_or_404(own_seats(Act.of(request).person), pk=pk)
    sitting = cast(Sitting, seat.sitting)
    start = {"act_at": f"{clock.now():%Y-%m-%dT%H:%M}", "place": f"{sitting.room} {seat.number} 号"}
    notes = OfflineNote.objects.visible_to(request.user).filter(seat=seat).select_related("by")
    start |= _from_note(notes, request.GET.get("note", ""))
    form = RecordForm(request.POST or None, request.FILES or None, initial=start)
    if request.method == "POST" and form.is_valid():
        case = _recorded(request, form, seat_id=seat.pk)
        if case is not None:
            return redirect("case", pk=case.pk)
    shown = {"form": form, "seat": seat, "sitting": sitting, "notes": notes}
    return render(request, "discipline/record.html", shown)


def _from_note(notes: QuerySet[OfflineNote], asked: str) -> dict[str, str]:
    """What was written down without network begins the record: its moment and its words."""
    note = notes.filter(pk=asked).first() if asked.isdecimal() and len(asked) < 10 else None
    return {"act_at": f"{note.at.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}", "facts": note.text} if note else {}


@require_http_methods(["GET", "HEAD", "POST"])
@needs("case.open")
def afterwards(request: HttpRequest) -> HttpResponse:
    """What was found after the exam, by the number of the ticket."""
    if not is_clerk(request.user):
        raise PermissionDenied
    start = {"origin": request.GET.get("origin", Origin.AFTERWARDS)}
    form = LaterForm(request.POST or None, request.FILES or None, initial=start)
    if request.method == "POST" and form.is_valid():
        found = AdmissionTicket.objects.visible_to(request.user).filter(number=form.cleaned_data["ticket"]).first()
        if found is None:
            form.add_error("ticket", "没有这个准考证号，请核对。")
        else:
            case = _recorded(request, form, **_where(form, found))
            if case is not None:
                return redirect("case", pk=case.pk)
    return render(request, "discipline/record.html", {"form": form})


def _where(form: Any, ticket: AdmissionTicket) -> dict[str, int]:
    """The seat that was sat on the day and hour of the act, if any; else the entry."""
    moment = form.incident().act_at
    seats = Seat.objects.none() if ticket.entry_id is None else ticket.entry.seats.all()
    seat = seats.filter(sitting__starts_at__lte=moment, sitting__ends_at__gte=moment).first()
    return {"seat_id": seat.pk} if seat else {"entry_id": ticket.entry_id}


def _recorded(request: HttpRequest, form: RecordForm, **where: Any) -> Case | None:
    """The case with its first evidence; a refusal stands on the form."""
    by, title = Act.of(request), form.cleaned_data["title"] or "现场证据"
    try:
        with transaction.atomic():
            case = record_case(by, form.incident(), **where)
            for number, file in enumerate(form.cleaned_data["file"], 1):
                add_evidence(case.pk, by=by, title=title if number == 1 else f"{title} {number}", data=file.read())
    except Refusal as refusal:
        add_to_form(form, refusal)
        return None
    messages.success(request, f"已记录，案号 {case.number}。请另一名工作人员登录后签署；当次成绩即起暂缓公布。")
    return case
