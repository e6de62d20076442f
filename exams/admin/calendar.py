"""Plans, windows and working years for the office (rules C1, C3, C5; matrix plan.edit)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from exams.enums import DayKind, PlanStatus
from exams.models import Plan, SpecialDay, Window, WindowChange, WorkdayYear
from exams.services.calendar import work_calendar
from exams.services.plans import add_window, change_window, plan_year, remove_window
from exams.services.workdays import enter_year, read_csv
from kupasi import clock, queues
from kupasi.people.roles import may
from kupasi.queues import Queue

from .base import DraftAdmin, MaskedExport, ServiceForm

ACTION = "plan.edit"
ASK = "admin:approvals_proposal_ask"
DAYS = "{opens_on} 至 {closes_on}，评价月 {exam_month}"
LINE = "{day:%Y-%m-%d},{kind},{name}"


class PlanForm(ServiceForm):
    """A year to draft."""

    year = forms.IntegerField(
        label="年度",
        validators=[MinValueValidator(2025), MaxValueValidator(2099)],
        help_text="按上一年度的规律生成草案；公布之前不开放任何申报。",
    )

    class Meta:
        model = Plan
        fields = ("year",)

    def perform(self) -> Plan:
        return plan_year(self.cleaned_data["year"], by=self.by)


class ReadOnlyInline(admin.TabularInline):
    """Rows that are shown under their parent."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True


class WindowInline(ReadOnlyInline):
    model = Window


class WindowChangeInline(ReadOnlyInline):
    model = WindowChange
    show_change_link = False
    fields = readonly_fields = ("was", "became", "reason", "changed_by", "changed_at")

    @admin.display(description="原安排")
    def was(self, change: WindowChange) -> str:
        """The days before."""
        return DAYS.format(**change.before)

    @admin.display(description="新安排")
    def became(self, change: WindowChange) -> str:
        """The days after."""
        return DAYS.format(**change.after)


@admin.register(Plan)
class PlanAdmin(DraftAdmin):
    """Drafted by one, published by another role."""

    see = do = add = (ACTION,)
    form = PlanForm
    list_display = ("__str__", "status", "windows_count", "source", "published_at", "published_by")
    list_filter = ("status",)
    list_select_related = ("published_by",)
    inlines = (WindowInline,)
    actions = ("publish",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        return super().get_queryset(request).annotate(windows_n=Count("windows"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A plan itself does not change: its windows do."""
        return obj is None and super().has_change_permission(request)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("year", "status", "source", "published_at", "published_by") if obj else ("year",)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    @admin.display(description="时间段")
    def windows_count(self, plan: Any) -> int:
        """How many windows it has."""
        return int(plan.windows_n)

    def has_publish_permission(self, request: HttpRequest) -> bool:
        """Publishing is asked for by one and approved by another."""
        return may(request.user, ACTION, how="ask")

    @admin.action(description="申请公布", permissions=["publish"])
    def publish(self, request: HttpRequest, rows: QuerySet[Plan]) -> HttpResponse | None:
        """To the page where another person's approval is asked for."""
        drafts = list(rows.filter(status=PlanStatus.DRAFT)[:2])
        if len(drafts) != 1:
            self.message_user(request, "请只选一份草案。", "error")
            return None
        return redirect(ASK, "plan_publish", drafts[0].pk)


class WindowForm(ServiceForm):
    """The three days of a draft's window."""

    class Meta:
        model = Window
        fields = ("plan", "opens_on", "closes_on", "exam_month")

    def perform(self) -> Window:
        days = {name: self.cleaned_data[name] for name in ("opens_on", "closes_on", "exam_month")}
        if self.instance.pk is None:
            return add_window(self.cleaned_data["plan"].pk, by=self.by, **days)
        return change_window(self.instance.pk, by=self.by, **days)


@admin.register(Window)
class WindowAdmin(MaskedExport, DraftAdmin):
    """Windows of drafts change freely; a change to a published plan is asked for and approved by another person."""

    see = do = add = (ACTION,)
    form = WindowForm
    list_display = ("plan", "opens_on", "closes_on", "exam_month")
    list_filter = ("plan",)
    list_select_related = ("plan",)
    inlines = (WindowChangeInline,)
    actions = ("remove",)
    fields = ("plan", "opens_on", "closes_on", "exam_month", "to_change")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_public = obj is not None and obj.plan.status == PlanStatus.PUBLISHED
        return not is_public and super().has_change_permission(request, obj)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A window of a published plan shows the way to asking for a change."""
        asks = obj is not None and obj.plan.status == PlanStatus.PUBLISHED and may(request.user, ACTION, how="ask")
        return self.fields if asks else self.fields[:-1]

    @admin.display(description="调整")
    def to_change(self, window: Window) -> SafeString:
        """The page where another person's approval is asked for."""
        return format_html('<a href="{}">申请调整</a>', reverse(ASK, args=["plan_change", window.pk]))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("plan", "to_change") if obj else ()

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    @admin.action(description="从草案中删除", permissions=["change"])
    def remove(self, request: HttpRequest, rows: QuerySet[Window]) -> None:
        """Take windows out of a draft."""
        self.run(request, rows, lambda pk, by: remove_window(pk, by=by), done="已删除")


class WorkdayYearForm(ServiceForm):
    """A year's arrangement, typed or as a file."""

    days = forms.CharField(
        label="休/班安排",
        widget=forms.Textarea(attrs={"rows": 20, "cols": 40}),
        required=False,
        help_text="每行一天：日期,休 或 班,名称。例：2027-01-01,休,元旦",
    )
    file = forms.FileField(label="或上传 CSV", required=False, help_text="三列：日期、休/班、名称；UTF-8 或 GB18030。")

    class Meta:
        model = WorkdayYear
        fields = ("year", "document_no")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.initial["days"] = _lines(self.instance)

    def perform(self) -> WorkdayYear:
        file = self.cleaned_data["file"]
        content = file.read() if file else self.cleaned_data["days"].encode()
        year = self.cleaned_data.get("year") or self.instance.year
        return enter_year(year, document_no=self.cleaned_data["document_no"], days=read_csv(content), by=self.by)


@admin.register(WorkdayYear)
class WorkdayYearAdmin(DraftAdmin):
    """Known years; a year without a row is provisional everywhere (C5)."""

    see = do = add = (ACTION,)
    form = WorkdayYearForm
    list_display = ("year", "document_no", "off_days", "work_days")
    fields = ("year", "document_no", "days", "file")

    def get_queryset(self, request: HttpRequest) -> QuerySet[WorkdayYear]:
        rows = super().get_queryset(request)
        return rows.annotate(
            off_n=Count("days", filter=Q(days__kind=DayKind.OFF)),
            work_n=Count("days", filter=Q(days__kind=DayKind.WORK)),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("year",) if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only look sees the stored days in the list of special days."""
        return self.fields if self.has_change_permission(request, obj) else ("year", "document_no")

    @admin.display(description="休")
    def off_days(self, row: Any) -> int:
        """Weekdays off."""
        return int(row.off_n)

    @admin.display(description="班")
    def work_days(self, row: Any) -> int:
        """Weekend days worked."""
        return int(row.work_n)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, with a warning for this and next year while they are provisional."""
        this_year = clock.today().year
        unknown = [one for one in (this_year, this_year + 1) if one not in work_calendar().known_years]
        for year in unknown:
            text = f"{year} 年的节假日安排尚未录入：涉及该年的日期都是暂定，录入后会自动重新计算。"
            self.message_user(request, text, "warning")
        return super().changelist_view(request, extra_context)


def _lines(year: WorkdayYear) -> str:
    days = SpecialDay.objects.filter(year=year)
    return "\n".join(LINE.format(day=one.day, kind=one.get_kind_display(), name=one.name) for one in days)


queues.register(
    Queue(
        code="draft-plans",
        label="计划草案待公布",
        action=ACTION,
        how="ask",
        rows=lambda user: Plan.objects.filter(status=PlanStatus.DRAFT),
        url="admin:exams_plan_changelist?status__exact=draft",
        age_field="published_at",
    )
)
queues.register(
    Queue(
        code="provisional-years",
        label="节假日安排未录入的年度",
        action=ACTION,
        rows=lambda user: Plan.objects.exclude(year__in=WorkdayYear.objects.values("year")),
        url="admin:exams_workdayyear_changelist",
        age_field="published_at",
        hint="涉及该年的期限都是暂定。",
    )
)
