"""Room papers for the office: chosen, made by the worker, printed; packets wait on the same pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from exams.enums import PrintKind, Sheet
from exams.models import PrintRun, Room, Site
from exams.services import prints
from kupasi.acts import Act
from kupasi.admin import RecordAdmin
from kupasi.audit.services import record
from kupasi.errors import Refusal, add_to_form

from .arrange import does, may_do

LOOK_AGAIN = "3"  # seconds until the page of an unfinished run asks again
USUAL = [Sheet.SCHEDULE, Sheet.SIGN_IN, Sheet.IDENTITY, Sheet.RECORD, Sheet.DOOR, Sheet.DESK, Sheet.PLAN]


class PapersForm(forms.Form):
    """Which papers of which site's day."""

    site = forms.ModelChoiceField(label="考核点", queryset=Site.objects.all())
    on = forms.DateField(label="考试日", widget=forms.DateInput(attrs={"type": "date"}))
    room = forms.ModelChoiceField(
        label="考场",
        required=False,
        empty_label="全部考场",
        queryset=Room.objects.select_related("site"),
        help_text="只补打一个考场的，在这里选择；考场安排表总是按所选范围列出",
    )
    sheets = forms.MultipleChoiceField(
        label="材料", choices=Sheet.choices(), initial=USUAL, widget=forms.CheckboxSelectMultiple
    )


@admin.register(PrintRun)
class PrintAdmin(RecordAdmin):
    """What was asked for, and where it can be fetched while it is kept."""

    see = ("seat.arrange",)
    list_display = ("asked_at", "kind", "site", "on", "place", "state", "asked_by")
    list_filter = ("kind", "state", "site")
    list_select_related = ("site", "room", "asked_by")
    change_list_template = "admin/exams/prints.html"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("make/", wrap(self.make), name="exams_papers_make"),
            path("<int:pk>/file/", wrap(self.fetch), name="exams_papers_export"),
        ]
        return [*own, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PrintRun]:
        rows: QuerySet[PrintRun] = super().get_queryset(request)
        return rows

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        may_make = may_do(request.user, "seat.arrange")
        return super().changelist_view(request, {"may_make": may_make, **(extra_context or {})})

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """How far a run is, and its result; the page of an unfinished one looks again by itself."""
        return self._progress(request, pk=int(object_id))

    @does("seat.arrange")
    def _progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        run = get_object_or_404(PrintRun.objects.select_related("site", "room", "asked_by", "packet"), pk=pk)
        answer = self._page(request, "admin/exams/print.html", title=str(run), run=run)
        if run.is_open:
            answer["Refresh"] = LOOK_AGAIN
        return answer

    @does("seat.arrange")
    def make(self, request: HttpRequest) -> HttpResponse:
        """Choose site, day and sheets."""
        asked = {key: request.GET[key] for key in ("site", "on") if key in request.GET}
        form = PapersForm(request.POST or None, initial={"sheets": USUAL, **asked})
        if form.is_valid():
            chosen = form.cleaned_data
            room = chosen["room"].pk if chosen["room"] else None
            try:
                run = prints.ask(
                    site_id=chosen["site"].pk, on=chosen["on"], room_id=room, sheets=chosen["sheets"],
                    by=Act.of(request),
                )  # fmt: skip
                return redirect("admin:exams_printrun_change", run.pk)
            except Refusal as refusal:
                add_to_form(form, refusal)
        return self._page(request, "admin/exams/papers.html", title="打印考场材料", form=form)

    @does("seat.arrange")
    def fetch(self, request: HttpRequest, pk: int) -> FileResponse:
        """The PDF; every fetching is recorded."""
        run = get_object_or_404(PrintRun.objects.exclude(file=""), pk=pk, kind=PrintKind.PAPERS)
        if not run.file.storage.exists(run.file.name or ""):
            raise Http404
        record(Act.of(request), "print.fetched", run)
        headers = {"Content-Disposition": f'inline; filename="papers-{run.on:%Y%m%d}-{run.pk}.pdf"'}
        return FileResponse(run.file.open("rb"), content_type="application/pdf", headers=headers)

    def _page(self, request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
        crumbs = reverse("admin:exams_printrun_changelist")
        return TemplateResponse(
            request, template, {**self.admin_site.each_context(request), "crumbs": crumbs, **context}
        )

    @admin.display(description="考场")
    def place(self, row: PrintRun) -> str:
        return row.where
