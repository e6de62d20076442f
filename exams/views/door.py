"""The door of a room: scan, compare, let in or turn away, ask the supervisor (matrix: checkin.scan, .override)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from exams.enums import OVERRIDABLE, CheckInSource, DoorResult
from exams.forms_door import OverrideForm, ScanForm, new_nonce
from exams.models import CheckIn, Sitting
from exams.proposals_door import LET_IN
from exams.services.door import Look, check_in, look, turn_away
from exams.services.door_log import conflicts
from exams.services.rooms import door_counts, own_seats, own_sittings
from exams.services.sheet import read_sheet
from kupasi.acts import Act
from kupasi.approvals import services as approvals
from kupasi.approvals.models import Proposal
from kupasi.errors import Refusal

from .doors import needs

ACTION = "checkin.scan"
PAGE = "exams/door/{}.html"
RECENT = 12
TONES = {
    DoorResult.OK: "good",
    DoorResult.LET_IN: "good",
    DoorResult.LATE: "warn",
    DoorResult.EARLY: "warn",
}


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ACTION)
def door(request: HttpRequest, pk: int) -> HttpResponse:
    """One ticket at a time; a script asks for the answer alone, and for an empty page to keep for offline use."""
    sitting = own_door(request, pk)
    form = ScanForm(request.POST)
    answered: dict[str, Any] = {}
    if request.method == "POST":
        if form.is_valid():
            sheet = read_sheet(form.cleaned_data["text"])
            if sheet is not None:
                return redirect("room-sheet", pk=own_door(request, sheet).pk)
            answered = _answered(request, sitting, form)
        else:
            answered = {"error": form.errors.get("text", ["请重新扫描。"])[0]}
    shown = {"sitting": sitting, "nonce": new_nonce(), "scanned": form.data.get("text", "")[:200], **answered}
    if request.headers.get("X-Door"):
        return render(request, PAGE.format("answer"), shown | door_counts(sitting))
    if "shell" not in request.GET:
        shown |= door_counts(sitting) | _standing(request, sitting)
    return render(request, PAGE.format("door"), shown)


@require_POST
@needs("checkin.override")
def override(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the supervisor to let in somebody whom the door refused."""
    sitting, form = own_door(request, pk), OverrideForm(request.POST)
    if not form.is_valid():
        messages.error(request, "请写明放行理由，最多 200 字。")
        return redirect("room-door", pk=pk)
    rows = CheckIn.objects.visible_to(request.user).filter(sitting=sitting)
    row = get_object_or_404(rows, pk=form.cleaned_data["checkin"])
    try:
        reason = form.cleaned_data["reason"]
        approvals.ask(Act.of(request), kind=LET_IN.code, about=row, payload={}, reason=reason)
        messages.success(request, "已请监督放行。监督在“待我审批”中批准后，这里显示“已放行”。")
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect(f"{reverse('room-door', args=[pk])}#turned-away")


def own_door(request: HttpRequest, pk: int) -> Sitting:
    """A sitting in which this person invigilates; another's is not found."""
    return get_object_or_404(own_sittings(Act.of(request).person), pk=pk)


def _answered(request: HttpRequest, sitting: Sitting, form: ScanForm) -> dict[str, Any]:
    """What is shown of a scan; whoever may go in is only looked at until the invigilator says so (TC-007)."""
    by, scan, act = Act.of(request), form.scan(), form.cleaned_data["act"] or "look"
    seen = look(sitting, scan.text, moment=by.at)
    row: CheckIn | None = None
    try:
        if act == "refuse":
            row = turn_away(sitting.pk, scan, by=by)
        elif act == "enter" or not seen.answer.admits:
            row = check_in(sitting.pk, scan, by=by)
    except Refusal as refusal:
        return {"error": refusal.sentence}
    return _shown(request, seen, row)


def _shown(request: HttpRequest, seen: Look, row: CheckIn | None) -> dict[str, Any]:
    result = DoorResult(row.result) if row is not None else seen.answer.result
    own = own_seats(Act.of(request).person)
    return {
        "result": result,
        "tone": TONES.get(result, "bad"),
        "said": row.said if row is not None else seen.answer.sentence,
        "clause": seen.answer.clause if row is None or row.result == seen.answer.result else "",
        "row": row,
        "is_in": row is not None and row.result in (DoorResult.OK, DoorResult.LATE),
        "may_enter": row is None and seen.answer.admits,
        "may_ask": row is not None and row.result in OVERRIDABLE and row.seat_id is not None,
        "seat": own.filter(pk=seen.seat.pk).first() if seen.seat is not None else None,
    }


def _standing(request: HttpRequest, sitting: Sitting) -> dict[str, Any]:
    """The latest refusals, what became of the requests to let in, and what contradicts."""
    rows = CheckIn.objects.visible_to(request.user).filter(sitting=sitting, result__in=OVERRIDABLE)
    turned = list(rows.select_related("seat__entry__candidate")[:RECENT])
    asked = Proposal.objects.visible_to(request.user).filter(
        kind=LET_IN.code, about_id__in=[str(row.pk) for row in turned]
    )
    states = {one.about_id: one for one in asked.order_by("pk")}
    offline = CheckIn.objects.visible_to(request.user).filter(sitting=sitting, source=CheckInSource.OFFLINE)
    return {
        "turned_away": [(row, states.get(str(row.pk))) for row in turned],
        "conflicts": conflicts(sitting),
        "merged": offline.count(),
    }
