"""Sites and sittings for the office, and the seating of a session."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.timezone import localtime

from exams.enums import EntryStatus, SessionStatus
from exams.models import Entry, ExamSession, Site, Sitting
from exams.rules.seating import WHY_WORDS
from exams.services.arranging import SeatingPreview, preview_seating, seat_session
from kupasi.acts import Act
from kupasi.admin import RecordAdmin
from kupasi.audit.services import record
from kupasi.errors import Refusal

from .arrange import does, may_do
from .forms import SittingForm


class ArrangedAdmin(RecordAdmin):
    """Read by whoever may look at the arrangement, changed by those who make it."""

    see = ("seat.arrange",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_do(request.user, "seat.arrange")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_do(request.user, "seat.arrange")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Keep the row and what changed in it."""
        before = {key: str(form.initial.get(key)) for key in form.changed_data} if change else {}
        super().save_model(request, obj, form, change)
        after = {key: str(form.cleaned_data.get(key)) for key in form.changed_data}
        action = f"{obj._meta.model_name}.{'changed' if change else 'created'}"
        record(Act.of(request), action, obj, before=before, after=after)


@admin.register(Site)
class SiteAdmin(ArrangedAdmin):
    """Where people are examined."""

    list_display = ("name", "address", "phone", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "address")


@admin.register(Sitting)
class SittingAdmin(ArrangedAdmin):
    """Which subject when and where; made and changed through the services only."""

    form = SittingForm
    list_display = ("on", "time", "exam_session", "subject", "room", "places", "status")
    list_filter = ("exam_session", "on", "room__site", "status")
    list_select_related = ("exam_session__occupation", "subject", "room__site")
    date_hierarchy = "on"
    change_list_template = "admin/exams/sittings.html"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("exam_session", "subject", "taken", "status") if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A reason is asked for when something is changed."""
        fields = ("exam_session", "subject", "room", "starts_at", "ends_at", "capacity", "invigilators", "markers")
        reason = ("reason",) if self.has_change_permission(request, obj) else ()
        return (*fields, "taken", "status", *reason) if obj else fields

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"act": Act.of(request)})

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only people who have the role."""
        role = {"invigilators": "invigilator", "markers": "marker"}[db_field.name]
        kwargs["queryset"] = db_field.related_model.objects.filter(groups__name=role, is_active=True)
        kwargs["widget"] = CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """What the form tried out is now done."""
        kept = form.carry_out(form.cleaned_data)
        obj.__dict__.update(kept.__dict__)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Who invigilates and who marks belongs to the record."""
        super().save_related(request, form, formsets, change)
        changed = {"invigilators", "markers"} & set(form.changed_data)
        people = {key: sorted(one.pk for one in form.cleaned_data[key]) for key in sorted(changed)}
        if people:
            record(Act.of(request), "sitting.staffed", form.instance, after=people)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("seating/", wrap(self.seating), name="exams_seating"),
            path("seating/<int:pk>/", wrap(self.seat), name="exams_seating_session"),
        ]
        return [*own, *super().get_urls()]

    @does("seat.arrange")
    def seating(self, request: HttpRequest) -> HttpResponse:
        """The sessions that have people waiting for a seat."""
        waiting = Count("entries", filter=Q(entries__status=EntryStatus.ENROLLED))
        seated = Count("entries", filter=Q(entries__status__in=[EntryStatus.SEATED, EntryStatus.TICKETED]))
        sessions = ExamSession.objects.exclude(status__in=[SessionStatus.CANCELLED, SessionStatus.PUBLISHED])
        sessions = sessions.select_related("occupation").annotate(waiting=waiting, seated=seated)
        context = {**self.admin_site.each_context(request), "title": "编排座位", "sessions": sessions}
        return TemplateResponse(request, "admin/exams/seating.html", context)

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
            return redirect("admin:exams_seating")
        preview = preview_seating(pk, at=act.at)
        context = self.admin_site.each_context(request) | _foreseen(session, preview)
        return TemplateResponse(request, "admin/exams/seating_session.html", context)

    @admin.display(description="时间", ordering="starts_at")
    def time(self, row: Sitting) -> str:
        return f"{localtime(row.starts_at):%H:%M}–{localtime(row.ends_at):%H:%M}"

    @admin.display(description="已排 / 名额", ordering="taken")
    def places(self, row: Sitting) -> str:
        return f"{row.taken} / {row.capacity}"


def _foreseen(session: ExamSession, preview: SeatingPreview) -> dict[str, Any]:
    """What the preview page shows: seats per sitting, and everybody left over with the reason."""
    counts: dict[int, int] = {}
    for one in preview.plan.given:
        counts[one.sitting_id] = counts.get(one.sitting_id, 0) + 1
    sittings: QuerySet[Sitting] = Sitting.objects.filter(exam_session=session).select_related("subject", "room__site")
    reasons = dict(preview.plan.left_over)
    left = Entry.objects.filter(pk__in=reasons).select_related("candidate")
    return {
        "title": f"编排座位 · {session}",
        "session": session,
        "preview": preview,
        "seated": preview.people - len(reasons),
        "sittings": [(one, counts.get(one.pk, 0), one.taken + counts.get(one.pk, 0)) for one in sittings],
        "left": [(one, WHY_WORDS[reasons[one.pk]]) for one in left],
    }
