"""The door of a room: scan, compare, let in or turn away, ask the supervisor (matrix: checkin.scan, .override)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from exams.enums import OVERRIDABLE, CheckInSource, DoorResult
from exams.forms_door import OverrideForm, ScanForm, new_nonce
from exams.models import CheckIn, Sitting
from exams.proposals_door import LET_IN
from exams.services.door import Look, Scanned, cautions, look, scanned, turn_away
from exams.services.door_facts import Doorway
from exams.services.door_log import conflicts
from exams.services.rooms import door_counts, expected, own_doors, own_doorway
from exams.services.sheet import read_sheet
from kupasi.acts import Act
from kupasi.approvals import services as approvals
from kupasi.approvals.models import Proposal
from kupasi.errors import Refusal

from .doors import needs

ACTION = "checkin.scan"
PAGE = "exams/door/{}.html"
RECENT = 12
NO_SHEET = "没有编号 K{} 的签到表，或不是您监考的场次。请核对编号。"
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
    is_answer = bool(request.headers.get("X-Door"))
    sitting = own_doorway(Act.of(request).person, pk) if is_answer else own_door(request, pk)
    if sitting is None:
        raise Http404
    form = ScanForm(request.POST)
    answered: dict[str, Any] = {}
    if request.method == "POST":
        if form.is_valid():
            sheet = read_sheet(form.cleaned_data["text"])
            if sheet is not None and own_doors(Act.of(request).person).filter(pk=sheet).exists():
                return redirect("room-sheet", pk=sheet)
            no_sheet = {"error": NO_SHEET.format(sheet)}
            answered = _answered(request, sitting, form) if sheet is None else no_sheet
        else:
            answered = {"error": form.errors.get("text", ["请重新扫描。"])[0]}
    shown = {"sitting": sitting, "nonce": new_nonce(), "scanned": form.data.get("text", "")[:200], **answered}
    if is_answer:
        return render(request, PAGE.format("answer"), shown | door_counts(pk))
    if "shell" not in request.GET:
        shown |= door_counts(pk) | _standing(request, pk)
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
    return get_object_or_404(own_doors(Act.of(request).person), pk=pk)


def _answered(request: HttpRequest, sitting: Doorway, form: ScanForm) -> dict[str, Any]:
    """What is shown of a scan; whoever may go in is only looked at until the invigilator says so (TC-007)."""
    by, scan, act = Act.of(request), form.scan(), form.cleaned_data["act"] or "look"
    try:
        if act == "enter":
            return _written(request, scanned(sitting.pk, scan, by=by))
        seen = look(sitting, scan.text, moment=by.at)
        if act == "refuse":
            return _shown(request, seen, turn_away(sitting.pk, scan, by=by))
        if not seen.answer.admits:
            return _written(request, scanned(sitting.pk, scan, by=by))
    except Refusal as refusal:
        return {"error": refusal.sentence}
    minded = cautions(seen)
    return _shown(request, seen, None) | {"cautions": minded} | ({"tone": "warn"} if minded else {})


def _written(request: HttpRequest, done: Scanned) -> dict[str, Any]:
    return _shown(request, done.seen, done.row)


def _shown(request: HttpRequest, seen: Look, row: CheckIn | None) -> dict[str, Any]:
    result = DoorResult(row.result) if row is not None else seen.answer.result
    return {
        "result": result,
        "tone": TONES.get(result, "bad"),
        "said": row.said if row is not None else seen.answer.sentence,
        "clause": seen.answer.clause if row is None or row.result == seen.answer.result else "",
        "row": row,
        "is_in": row is not None and row.result in (DoorResult.OK, DoorResult.LATE),
        "may_enter": row is None and seen.answer.admits,
        "may_ask": row is not None and row.result in OVERRIDABLE and row.seat_id is not None,
        "seat": expected(Act.of(request).person, seen.seat) if seen.seat is not None else None,
    }


def _standing(request: HttpRequest, sitting: int) -> dict[str, Any]:
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
