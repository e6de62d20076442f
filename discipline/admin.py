"""Discipline for the office: the catalogue of clauses, read only, and the bars."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from certificates.admin import PlainChoices
from kupasi import clock
from kupasi.acts import Act
from kupasi.admin import RecordAdmin
from kupasi.people.roles import may
from kupasi.queues import Queue
from kupasi.queues import register as register_queue

from . import services
from .forms import BarForm
from .models import Bar, Case, Clause
from .services import inbox


@admin.register(Clause)
class ClauseAdmin(RecordAdmin):
    """What 须知 一–四 forbids, in plain words."""

    see = ("case.open", "case.decide_23", "app.review")
    list_display = ("code", "tier", "text", "needs_reminder", "effective_from", "effective_until")
    list_display_links = None
    list_filter = ("tier", "needs_reminder")
    actions = None


class InForceFilter(admin.SimpleListFilter):
    """Bars that run today."""

    title = "是否在禁考期"
    parameter_name = "running"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "正在禁考期"), ("no", "已期满、未开始或已解除")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today = clock.today()
        running = Bar.objects.touching(today, today).values("pk")
        chosen = {"yes": queryset.filter(pk__in=running), "no": queryset.exclude(pk__in=running)}
        return chosen.get(self.value() or "", queryset)


@admin.register(Bar)
class BarAdmin(PlainChoices):
    """Bars; a supervisor enters those that the authorities notified, nobody edits one."""

    see = ("case.decide_23", "app.review")
    form = BarForm
    list_display = ("candidate", "clause", "barred_from", "barred_until", "state", "source", "recorded_at")
    list_display_links = None
    list_filter = (InForceFilter, "clause")
    list_select_related = ("candidate", "clause")
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request.user, "case.decide_23", how="approve")

    def save_model(self, request: HttpRequest, obj: Bar, form: Any, change: bool) -> None:
        """The service registers it, with its audit line and letter."""
        names = ("candidate", "clause", "barred_from", "barred_until", "source")
        entered = services.register_bar(Act.of(request), **{name: form.cleaned_data[name] for name in names})
        obj.pk, obj.candidate, obj._state.adding = entered.pk, entered.candidate, False

    @admin.display(description="状态")
    def state(self, row: Bar) -> SafeString:
        today = clock.today()
        words, tone = "正在禁考期", "bad"
        if row.lifted_at is not None:
            words, tone = "已解除", "neutral"
        elif row.barred_until < today:
            words, tone = "已期满", "neutral"
        elif row.barred_from > today:
            words, tone = "未开始", "warn"
        return format_html('<span class="k-tag k-tag-{}">{}</span>', tone, words)


def to_decide(user: Any) -> QuerySet[Case]:
    """What waits for a supervisor today."""
    return inbox.to_decide(user, on=clock.today())


register_queue(
    Queue(
        "cases-to-decide",
        "违纪待决定、待执行、待复核",
        "case.decide_23",
        to_decide,
        "cases",
        "moved_at",
        hint="核对影响后签署，执行，或复核",
        how="approve",
    )
)
register_queue(
    Queue(
        "cases-to-handle",
        "违纪待办理",
        "case.open",
        inbox.to_handle,
        "cases",
        "moved_at",
        hint="签署、确认、调查、告知、送达",
        how="",
    )
)
