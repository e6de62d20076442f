"""The signed sheet typed in, and the second person's look at a count that differs (matrix: room.record)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from exams.enums import Attendance, SittingStatus
from exams.forms_door import new_nonce, typed_states
from exams.models import Sitting
from exams.services.closing import confirm_count
from exams.services.rooms import door_counts, own_seats
from exams.services.sheet import enter_sheet, sheet_number
from kupasi.acts import Act
from kupasi.errors import Refusal

from .door import own_door
from .doors import needs

ACTION = "room.record"
TYPED = {Attendance.PRESENT: "1", Attendance.LATE: "2", Attendance.ABSENT: "3"}


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ACTION)
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """One field a seat: 1 present, 2 late, 3 absent; what could be saved is saved, the rest says why beside it."""
    sitting, errors = own_door(request, pk), dict[int, str]()
    if request.method == "POST":
        errors = _typed(request, sitting)
        if not errors:
            return redirect("room-sheet", pk=pk)
    shown = {
        "sitting": sitting,
        "rows": _rows(request, sitting, errors),
        "errors": len(errors),
        "number": sheet_number(sitting),
        "nonce": new_nonce(),
        "is_closed": sitting.status == SittingStatus.CLOSED,
        **door_counts(sitting.pk),
    }
    return render(request, "exams/door/sheet.html", shown)


@require_POST
@needs(ACTION)
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person has counted too."""
    sitting = own_door(request, pk)
    try:
        confirm_count(sitting.pk, by=Act.of(request))
        messages.success(request, "已确认份数，本场已结束登记，录分人员可以开始录分。")
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect("room", pk=pk)


def _typed(request: HttpRequest, sitting: Sitting) -> dict[int, str]:
    """Save what was typed; the words by seat for what could not be."""
    states, unknown = typed_states(request.POST.dict())
    errors = dict.fromkeys(unknown, "请填 1（到考）、2（迟到）或 3（缺考）。")
    if "rest" in request.POST:
        waiting = own_seats(Act.of(request).person).filter(sitting=sitting, attendance=Attendance.UNKNOWN)
        rest = set(waiting.values_list("pk", flat=True)) - set(states) - unknown
        states |= dict.fromkeys(rest, Attendance.PRESENT)
    try:
        typed = enter_sheet(sitting.pk, states, nonce=request.POST.get("nonce", "")[:40], by=Act.of(request))
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return errors
    if typed.saved:
        messages.success(request, f"已保存 {typed.saved} 个座位。")
    return errors | {key: refusal.sentence for key, refusal in typed.refused.items()}


def _rows(request: HttpRequest, sitting: Sitting, errors: dict[int, str]) -> list[dict[str, Any]]:
    seats = own_seats(Act.of(request).person).filter(sitting=sitting)
    return [
        {
            "seat": seat,
            "value": request.POST.get(f"seat-{seat.pk}", TYPED.get(Attendance(seat.attendance), ""))[:4],
            "error": errors.get(seat.pk, ""),
        }
        for seat in seats
    ]
