"""Applications in the admin: the list with ages, one page for each, and acts on many with a preview."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from exams.models import ExamSession, Occupation
from kupasi import clock
from kupasi.admin import RecordAdmin
from kupasi.dates import local_day
from kupasi.people.masking import mask_name
from kupasi.people.roles import may
from kupasi.posted_search import PostedSearch
from registration.enums import ApplicationStatus
from registration.models import Application
from registration.services import finding
from registration.services.status import TONES
from registration.views import review, review_many

from .queues import APPLICATION_QUEUES

S = ApplicationStatus


class QueueFilter(admin.SimpleListFilter):
    """One of the queues of the home page."""

    title = "待办"
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, queue.label) for code, queue in APPLICATION_QUEUES.items() if queue.is_for(request.user)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        queue = APPLICATION_QUEUES.get(self.value() or "")
        if queue is None:
            return queryset
        return queryset & queue.rows(request.user).order_by()  # one question, so that the queue's index answers it


class OriginalFilter(admin.SimpleListFilter):
    """Whether the signed original is in."""

    title = "原件"
    parameter_name = "original"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("in", "已收"), ("missing", "未收")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = {"in": False, "missing": True}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(original_at__isnull=wanted)


class MonthFilter(admin.SimpleListFilter):
    """The exam months, the latest first."""

    title = "评价月"
    parameter_name = "month"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        months = ExamSession.objects.order_by("-exam_month").values_list("exam_month", flat=True).distinct()
        return [(f"{day:%Y-%m}", f"{day.year}年{day.month}月") for day in months[:12]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        found = re.fullmatch("([0-9]{4})-(0[1-9]|1[0-2])", self.value() or "")
        return queryset.filter(exam_session__exam_month=date(int(found[1]), int(found[2]), 1)) if found else queryset


class OccupationFilter(admin.SimpleListFilter):
    """The occupations by their names."""

    title = "职业"
    parameter_name = "occupation"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(Occupation.objects.values_list("code", "name"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(occupation__code=self.value()) if self.value() else queryset


@admin.register(Application)
class ApplicationAdmin(PostedSearch, RecordAdmin):
    """Read here, changed by services; the number opens the review page."""

    see = ("app.review", "app.create_counter")
    list_display = ("number_shown", "person", "trade", "month", "state", "waiting", "original", "money")
    list_display_links = None
    list_filter = (QueueFilter, "status", OriginalFilter, OccupationFilter, MonthFilter, "channel")
    list_select_related = ("candidate", "occupation", "exam_session", "order")
    search_help_text = "申报编号、姓名、证件号码或其末四位、手机号或其末四位，至少两个字"
    actions = ("approve_many", "receive_many")

    def find(self, rows: QuerySet[Any], words: str) -> QuerySet[Any]:
        return finding.find(rows, words)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        request_rows = super().get_queryset(request)
        self.whole_names = may(request.user, "app.review", how="approve") or may(request.user, "app.create_counter")
        return request_rows.exclude(status=S.DRAFT)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """A queue begins with its oldest."""
        queue = APPLICATION_QUEUES.get(request.GET.get("queue", ""))
        return (queue.age_field, "pk") if queue else ("-pk",)

    def get_urls(self) -> list[URLPattern]:
        """The review page and the previews stand before Django's own pages."""
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/review/", wrap(review.review_page), name="registration_application_review"),
            path("many/<str:what>/", wrap(review_many.preview), name="registration_application_many"),
        ]
        return [*own, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """An application has one page."""
        return redirect("admin:registration_application_review", int(object_id))

    @admin.display(description="申报编号", ordering="number")
    def number_shown(self, row: Application) -> SafeString:
        return format_html('<a href="{}/review/">{}</a>', row.pk, row.number or "—")

    @admin.display(description="姓名")
    def person(self, row: Application) -> str:
        return row.name if self.whole_names else mask_name(row.name)

    @admin.display(description="职业", ordering="occupation")
    def trade(self, row: Application) -> str:
        return str(row.occupation or "—")

    @admin.display(description="评价月", ordering="exam_session__exam_month")
    def month(self, row: Application) -> str:
        return f"{row.exam_session.exam_month:%Y-%m}" if row.exam_session else "—"

    @admin.display(description="状态", ordering="status")
    def state(self, row: Application) -> SafeString:
        tone = TONES.get(row.status, "neutral")
        return format_html('<span class="k-tag k-tag-{}">{}</span>', tone, row.get_status_display())

    @admin.display(description="已等", ordering="submitted_at")
    def waiting(self, row: Application) -> str:
        since = {S.SUBMITTED: row.submitted_at, S.APPROVED: row.reviewed_at}.get(S(row.status))
        if row.status == S.CONFIRMED and row.original_at is None:
            since = row.submitted_at  # what still waits is the paper
        if since is None:
            return "—"
        days = (clock.today() - local_day(since)).days
        return f"{days} 天" if days > 0 else "今天"

    @admin.display(description="原件")
    def original(self, row: Application) -> str:
        return "已收" if row.original_at else "未收"

    @admin.display(description="缴费")
    def money(self, row: Application) -> str:
        order = getattr(row, "order", None)
        return order.get_status_display() if order else "—"

    @admin.action(description="通过所选（先预览）", permissions=["review"])
    def approve_many(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        """To the preview."""
        return review_many.begin(request, queryset, what="approve")

    @admin.action(description="登记所选的原件已收（先预览）", permissions=["counter"])
    def receive_many(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        """To the preview."""
        return review_many.begin(request, queryset, what="original")

    def has_review_permission(self, request: HttpRequest) -> bool:
        """Who may approve."""
        return may(request.user, "app.review", how="approve")

    def has_counter_permission(self, request: HttpRequest) -> bool:
        """Who may receive originals."""
        return may(request.user, "app.create_counter")
