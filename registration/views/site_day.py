"""The head of a site on an exam day: every room of that site and day, and nothing of another (matrix: case.open)."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from discipline.enums import CaseStatus
from discipline.models import Case
from exams.models import Duty
from exams.services import site_day
from exams.views.doors import needs
from kupasi import clock
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal

ACTION = "case.open"
PAST = 10  # days that are over


@require_safe
@needs(ACTION)
def listed(request: HttpRequest) -> HttpResponse:
    """The days of which one is head; today's stands first."""
    today, rows = clock.today(), site_day.led_by(Act.of(request).person)
    shown = {
        "today": today,
        "now": rows.filter(on=today),
        "later": rows.filter(on__gt=today).order_by("on"),
        "past": rows.filter(on__lt=today)[:PAST],
    }
    return render(request, "board/site_days.html", shown)


@require_safe
@needs(ACTION)
def day(request: HttpRequest, pk: int) -> HttpResponse:
    """Every room, incident, spare room and person of the day."""
    duty = _duty(request, pk)
    cases = Case.objects.visible_to(request.user).filter(
        status=CaseStatus.RECORDED, seat__sitting__room__site=duty.site_id, seat__sitting__on=duty.on
    )
    shown = {
        "day": site_day.head_day(duty, at=clock.now()),
        "cases": cases.select_related("clause", "seat__sitting__room").order_by("act_at", "pk"),
        "now": clock.now(),
        "is_today": duty.on == clock.today(),
    }
    return render(request, "board/site_day.html", shown)


@require_POST
@needs(ACTION)
def sheets(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the hand-over sheets of every room; the worker makes them."""
    duty = _duty(request, pk)
    try:
        site_day.ask_sheets(duty, by=Act.of(request))
        messages.success(request, "正在制作交接单，完成后在本页下载。")
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect("site-day", pk=duty.pk)


@require_safe
@needs(ACTION)
def sheets_file(request: HttpRequest, pk: int, run: int) -> FileResponse:
    """The PDF that this head asked for; every fetching is recorded."""
    made = get_object_or_404(site_day.sheets_of(_duty(request, pk)).exclude(file=""), pk=run)
    if not made.file.storage.exists(made.file.name or ""):
        raise Http404
    record(Act.of(request), "print.fetched", made)
    headers = {"Content-Disposition": f'inline; filename="handover-{made.on:%Y%m%d}-{made.pk}.pdf"'}
    return FileResponse(made.file.open("rb"), content_type="application/pdf", headers=headers)


def _duty(request: HttpRequest, pk: int) -> Duty:
    """A day of which this person is head; another's is not found."""
    return get_object_or_404(site_day.led_by(Act.of(request).person), pk=pk)
