"""The invigilator's pages: own rooms, who came, closing (matrix: room.record)."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from exams.enums import Attendance, SittingStatus
from exams.forms_door import CountForm
from exams.forms_rooms import CorrectionForm, StatementForm
from exams.models import RoomRecord, Sitting
from exams.services.closing import close_room, count_present
from exams.services.door_log import conflicts
from exams.services.rooms import own_seats, own_sittings, with_states
from exams.services.sheet import read_sheet
from exams.services.site_day import led_by
from kupasi import clock
from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form

from .doors import needs

ACTION = "room.record"
PAGE = "exams/rooms/{}.html"


@require_safe
@needs(ACTION)
def rooms(request: HttpRequest) -> HttpResponse:
    """Own sittings: today's and open ones first."""
    today, at, rows = clock.today(), clock.now(), own_sittings(Act.of(request).person)
    asked = request.GET.get("sheet", "")
    found = rows.filter(pk=read_sheet(asked) or 0).first() if asked else None
    if found is not None:
        return redirect("room-sheet", pk=found.pk)
    shown = {
        "sheet_error": "没有这个编号的签到表，或不是您监考的场次。请核对编号（K 加数字）。" if asked else "",
        "today": today,
        "led": led_by(Act.of(request).person).filter(on=today).first(),
        "now": with_states(rows.filter(on=today).order_by("starts_at"), at=at),
        "open": with_states(rows.filter(on__lt=today, status=SittingStatus.PLANNED).order_by("starts_at"), at=at),
        "later": with_states(rows.filter(on__gt=today).order_by("starts_at"), at=at),
        "closed": with_states(
            rows.filter(on__lt=today, status=SittingStatus.CLOSED).order_by("-starts_at")[:20], at=at
        ),
    }
    return render(request, PAGE.format("list"), shown)


@require_safe
@needs(ACTION)
def room(request: HttpRequest, pk: int) -> HttpResponse:
    """The seats of one sitting, each present, late or absent."""
    sitting = get_object_or_404(own_sittings(Act.of(request).person), pk=pk)
    return render(request, PAGE.format("room"), _whole(request, sitting))


@require_POST
@needs(ACTION)
def room_seat(request: HttpRequest, pk: int) -> HttpResponse:
    """State, or correct with a reason, what happened on one seat; htmx gets the seat back, others the room."""
    seat = get_object_or_404(own_seats(Act.of(request).person), pk=pk)
    closed = cast(Sitting, seat.sitting).status == SittingStatus.CLOSED
    form = (CorrectionForm if closed else StatementForm)(request.POST)
    try:
        form.act_on(seat.pk, by=Act.of(request))
        error = ""
    except Refusal as refusal:
        error = refusal.sentence
    if request.headers.get("HX-Request"):
        fresh = get_object_or_404(own_seats(Act.of(request).person), pk=pk)
        shown = _grid(request, cast(Sitting, fresh.sitting))
        answer = render(
            request,
            PAGE.format("seat_changed"),
            {**shown, "seat": fresh, "error": error, "typed": request.POST if error else {}},
        )
        if closed and not error:
            answer["HX-Refresh"] = (
                "true"  # a correction may change the room's count, which stands elsewhere on the page
            )
        return answer
    if error:
        messages.error(request, f"{seat.number} 号：{error}")
    return redirect(f"{reverse('room', args=[seat.sitting_id])}#seat-{seat.pk}")


@require_POST
@needs(ACTION)
def room_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close the sitting once every seat is stated and the papers are counted; a difference waits for a second look."""
    sitting = get_object_or_404(own_sittings(Act.of(request).person), pk=pk)
    form = CountForm.of(sitting, _record(request, sitting), request.POST)
    if form.is_valid():
        try:
            row = close_room(sitting.pk, form.count(sitting), by=Act.of(request))
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            said = "份数已登记，请另一名监考清点后确认。" if row.waits else "已结束登记，录分人员可以开始录分。"
            messages.success(request, said)
            return redirect("room", pk=sitting.pk)
    return render(request, PAGE.format("room"), _whole(request, sitting) | {"form": form}, status=400)


@require_safe
@needs(ACTION)
def room_photo(request: HttpRequest, pk: int) -> FileResponse:
    """The portrait of somebody who sits in one's own room (matrix: pii.photo, R)."""
    seat = get_object_or_404(own_seats(Act.of(request).person), pk=pk)
    if seat.entry.photo is None:
        raise Http404
    return FileResponse(seat.entry.photo.file.open("rb"), content_type="image/jpeg")


def _whole(request: HttpRequest, sitting: Sitting) -> dict[str, Any]:
    """The whole room: beside its seats what has to be settled before it is closed, or corrected after."""
    return _grid(request, sitting) | {"conflicts": conflicts(sitting)}


def _grid(request: HttpRequest, sitting: Sitting) -> dict[str, Any]:
    seats = list(own_seats(Act.of(request).person).filter(sitting=sitting))
    counts = [
        (state.label, sum(seat.attendance == state for seat in seats))
        for state in (Attendance.PRESENT, Attendance.LATE, Attendance.ABSENT, Attendance.UNKNOWN)
    ]
    row = _record(request, sitting)
    return {
        "sitting": sitting,
        "seats": seats,
        "counts": counts,
        "is_closed": sitting.status == SittingStatus.CLOSED,
        "record": row,
        "present": count_present(sitting),
        "may_confirm": row is not None and row.waits and row.by_id != request.user.pk,
        "form": CountForm.of(sitting, row),
    }


def _record(request: HttpRequest, sitting: Sitting) -> RoomRecord | None:
    return RoomRecord.objects.visible_to(request.user).filter(sitting=sitting).select_related("by", "second_by").first()
