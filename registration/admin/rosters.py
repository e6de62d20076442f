"""Rosters in the admin: what was handed in, and one page on which the office reviews it in bulk."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kupasi.admin import RecordAdmin
from kupasi.queues import Queue, register
from registration.enums import OPEN, ObjectionOutcome, RosterStatus
from registration.models import Roster, RosterObjection
from registration.services.rosters.overview import TONES
from registration.views import review_roster

LIST = "admin:registration_roster_changelist"


class ObjectionFilter(admin.SimpleListFilter):
    """Those with something to decide about somebody who objected."""

    title, parameter_name = "本人异议", "objection"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "待办结")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(_to_decide()) if self.value() == "open" else queryset


@admin.register(Roster)
class RosterAdmin(RecordAdmin):
    """Read here, judged on the page behind the number."""

    see = ("app.review", "app.create_counter", "ledger.read")
    list_display = ("number_shown", "institution", "label", "month", "people", "state", "submitted_at")
    list_display_links = None
    list_filter = ("status", ObjectionFilter)
    list_select_related = ("institution", "window")
    search_fields = ("=number", "institution__name", "label")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(listed=Count("rows", filter=Q(rows__is_current=True)))

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [path("<int:pk>/review/", wrap(review_roster.page), name="registration_roster_review")]
        return [*own, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """A roster has one page."""
        return redirect("admin:registration_roster_review", int(object_id))

    @admin.display(description="编号", ordering="number")
    def number_shown(self, row: Roster) -> SafeString:
        return format_html('<a href="{}/review/">{}</a>', row.pk, row.number or "—")

    @admin.display(description="评价月", ordering="window__exam_month")
    def month(self, row: Roster) -> str:
        return f"{row.window.exam_month:%Y-%m}"

    @admin.display(description="人数")
    def people(self, row: Any) -> int:
        return int(row.listed)

    @admin.display(description="状态", ordering="status")
    def state(self, row: Roster) -> SafeString:
        tone = TONES[RosterStatus(row.status)]
        return format_html('<span class="k-tag k-tag-{}">{}</span>', tone, row.get_status_display())


def _submitted(user: Any) -> QuerySet[Roster]:
    return Roster.objects.visible_to(user).filter(status=RosterStatus.SUBMITTED)


def _to_decide() -> Q:
    """An objection is open, or one was upheld and the fee has not gone back."""
    rows = RosterObjection.objects.filter(row__roster=OuterRef("pk"), row__is_current=True)
    stands = rows.filter(outcome=ObjectionOutcome.UPHELD, row__objected_at__isnull=False)
    return Q(Exists(rows.undecided())) | Q(Exists(stands.filter(row__application__status__in=OPEN)))


def _objected(user: Any) -> QuerySet[Roster]:
    return Roster.objects.visible_to(user).filter(_to_decide())


register(
    Queue(
        code="rosters-to-review",
        label="团体申报待审核",
        action="app.review",
        how="approve",
        rows=_submitted,
        url=f"{LIST}?status__exact=submitted",
        age_field="submitted_at",
        hint="逐份核对例外，其余一并通过",
    )
)
register(
    Queue(
        code="rosters-objected",
        label="团体申报有本人异议",
        action="app.review",
        how="approve",
        rows=_objected,
        url=f"{LIST}?objection=open",
        age_field="submitted_at",
        hint="已停办，请与本人和机构核实后办结",
    )
)
