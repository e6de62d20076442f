"""The inbox: what I may approve, what I asked for, what was decided."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from kupasi import queues
from kupasi.admin import RecordAdmin
from kupasi.queues import Queue

from . import views
from .enums import ProposalStatus
from .kinds import registry
from .models import Proposal

TONES = {"open": "warn", "approved": "good", "refused": "bad", "withdrawn": "neutral", "failed": "bad"}


class InboxFilter(admin.SimpleListFilter):
    """Three piles."""

    title = "分类"
    parameter_name = "pile"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("mine", "待我审批"), ("asked", "我提出的"), ("decided", "已办结")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "mine":
            return queryset.filter(pk__in=Proposal.objects.to_decide(request.user).values("pk"))
        if self.value() == "asked":
            return queryset.filter(asked_by=request.user)
        return queryset.exclude(status=ProposalStatus.OPEN) if self.value() == "decided" else queryset


class KindFilter(admin.SimpleListFilter):
    """The kinds that this person meets."""

    title = "事项"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, kind.label) for code, kind in registry.items() if kind.may_see(request.user)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Proposal)
class ProposalAdmin(RecordAdmin):
    """Read in the list, decided on its page."""

    list_display = ("kind_shown", "state", "about_text", "why", "asked_by", "asked_on")
    list_display_links = None
    list_filter = (InboxFilter, KindFilter, "status")
    list_select_related = ("asked_by",)
    ordering = ("-pk",)
    actions = None

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return any(kind.may_see(request.user) for kind in registry.values())

    def get_urls(self) -> list[URLPattern]:
        """The pages that stand before Django's own."""
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/page/", wrap(views.page), name="approvals_proposal_page"),
            path("ask/<slug:code>/<int:pk>/", wrap(views.ask), name="approvals_proposal_ask"),
        ]
        return [*own, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """A proposal has one page."""
        return redirect("admin:approvals_proposal_page", int(object_id))

    @admin.display(description="事项", ordering="kind")
    def kind_shown(self, row: Proposal) -> SafeString:
        return format_html('<a href="{}/page/">{}</a>', row.pk, row.kind_label)

    @admin.display(description="理由")
    def why(self, row: Proposal) -> str:
        return Truncator(row.reason).chars(24)

    @admin.display(description="申请时间", ordering="asked_at")
    def asked_on(self, row: Proposal) -> str:
        return date_format(timezone.localtime(row.asked_at), "m-d H:i")

    @admin.display(description="状态", ordering="status")
    def state(self, row: Proposal) -> SafeString:
        half = row.status == ProposalStatus.OPEN and row.first_by_id is not None
        label = "待第二人审批" if half else row.get_status_display()
        return format_html('<span class="k-tag k-tag-{}">{}</span>', TONES[row.status], label)


class Inbox(Queue):
    """The queue of everybody who approves anything."""

    def is_for(self, user: Any) -> bool:
        return any(kind.may_approve(user) for kind in registry.values())


queues.register(
    Inbox(
        code="approvals",
        label="待我审批",
        action="",
        rows=lambda user: Proposal.objects.to_decide(user),
        url="admin:approvals_proposal_changelist?pile=mine",
        age_field="asked_at",
        hint="别人提出、须由您批准的事项",
    )
)
