"""Arranging a session: dry run, report, commit; and the drawn map of who sits where."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods, require_safe

from exams.enums import EntryStatus, SessionStatus
from exams.models import Entry, ExamSession, Place, Sitting
from exams.rules.seating_facts import WHY_WORDS
from exams.services import replay, seat_maps
from exams.services.arranging import SeatingPreview, look_over, preview_seating, seat_session
from kupasi.acts import Act
from kupasi.admin import RecordAdmin
from kupasi.errors import Refusal

from .arrange import does

WAYS = ["GET", "HEAD", "POST"]
SHOWN = 200  # people left over that a page lists; the reasons count all of them


class SeatingPages(RecordAdmin):
    """The pages of arranging, under the sittings."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("seating/", wrap(self.seating), name="exams_seating"),
            path("seating/<int:pk>/", wrap(self.seat), name="exams_seating_session"),
            path("seating/<int:pk>/roster/", wrap(self.roster), name="exams_seating_roster"),
            path("<int:pk>/map/", wrap(self.map), name="exams_sitting_map"),
        ]
        return [*own, *super().get_urls()]

    @method_decorator(require_safe)
    @does("seat.arrange")
    def seating(self, request: HttpRequest) -> HttpResponse:
        """The sessions that have people waiting for a seat."""
        waiting = Count("entries", filter=Q(entries__status=EntryStatus.ENROLLED))
        seated = Count("entries", filter=Q(entries__status__in=[EntryStatus.SEATED, EntryStatus.TICKETED]))
        sessions = ExamSession.objects.exclude(status__in=[SessionStatus.CANCELLED, SessionStatus.PUBLISHED])
        sessions = sessions.select_related("occupation", "seed").annotate(waiting=waiting, seated=seated)
        context = {**self.admin_site.each_context(request), "title": "编排座位", "sessions": sessions}
        return TemplateResponse(request, "admin/exams/seating.html", context)

    @method_decorator(require_http_methods(WAYS))
    @does("seat.arrange")
    def seat(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A preview of one session's seating; confirming does exactly that."""
        session = get_object_or_404(ExamSession.objects.select_related("occupation"), pk=pk)
        act = Act.of(request)
        if request.method == "POST":
            try:
                done = seat_session(pk, by=act, digest=request.POST.get("digest", "-"))
            except Refusal as refusal:
                self.tell(request, refusal)
                return redirect("admin:exams_seating_session", pk)
            people = done.people - len(done.plan.left_over)
            self.message_user(request, f"已为 {people} 人排好座位。", messages.SUCCESS)
            return redirect("admin:exams_seating_session", pk)
        preview = preview_seating(pk, at=act.at)
        looked_at = request.GET.get("sitting", "")
        context = self.admin_site.each_context(request) | _foreseen(session, preview, looked_at, act=act)
        return TemplateResponse(request, "admin/exams/seating_session.html", context)

    @method_decorator(require_safe)
    @does("seat.arrange")
    def roster(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the last arrangement came from, for whoever replays it; that it was taken is recorded."""
        session = get_object_or_404(ExamSession, pk=pk)
        try:
            run = replay.run_of(session.pk)
            data = replay.fetch_roster(run, by=Act.of(request))
        except Refusal as refusal:
            self.tell(request, refusal)
            return redirect("admin:exams_seating_session", pk)
        name = f"seating-{session.pk}-{run.number}.json"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store, private"}
        return HttpResponse(data, content_type="application/json", headers=headers)

    @method_decorator(require_safe)
    @does("seat.arrange")
    def map(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Who sits where in one sitting, drawn."""
        rows = Sitting.objects.select_related("exam_session__occupation", "subject", "room__site")
        sitting = get_object_or_404(rows, pk=pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"座次 · {sitting}",
            "sitting": sitting,
            "map": seat_maps.of_sitting(sitting),
        }
        return TemplateResponse(request, "admin/exams/seat_map.html", context)


def _foreseen(session: ExamSession, preview: SeatingPreview, looked_at: str, *, act: Act) -> dict[str, Any]:
    """What the preview page shows: the report, one map when asked for, and those left over with the reason."""
    report = look_over(session.pk, preview, at=act.at)
    rows = Sitting.objects.filter(exam_session=session).select_related("subject", "room__site").in_bulk()
    reasons = dict(preview.plan.left_over)
    left = Entry.objects.filter(pk__in=sorted(reasons)[:SHOWN]).select_related("candidate")
    room = next((one for one in report.rooms if str(one.sitting_id) == looked_at), None)
    picture = seat_maps.of_plan(rows[room.sitting_id], preview) if room else None
    return {
        "title": f"编排座位 · {session}",
        "session": session,
        "seed": getattr(session, "seed", None),
        "runs": session.seating_runs.order_by("number"),
        "preview": preview,
        "report": report,
        "seated": preview.people - len(reasons),
        "sittings": [(rows[one.sitting_id], one) for one in report.rooms],
        "without_plan": sum(not one for one in _plans(rows)),
        "map": picture,
        "looked_at": rows[room.sitting_id] if room else None,
        "left": [(one, WHY_WORDS[reasons[one.pk]]) for one in left],
        "left_count": len(reasons),
        "why": [(WHY_WORDS[why], count) for why, count in Counter(reasons.values()).most_common()],
    }


def _plans(rows: dict[int, Sitting]) -> list[bool]:
    """For each room of these sittings whether it has a drawn plan."""
    rooms = {one.room_id for one in rows.values()}
    drawn = set(Place.objects.filter(room__in=rooms).values_list("room_id", flat=True).distinct())
    return [one in drawn for one in rooms]
