"""Letters for reading; those that did not arrive are the call list."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from kupasi.admin import RecordAdmin

from .models import Heartbeat, Notice

FAMILIES = {
    "申报与缴费": ("application", "part_paid"),
    "更正与逾期受理": ("core_change", "late_admission"),
    "准考证": ("ticket",),
    "成绩": ("result",),
    "证书": ("certificate",),
    "违纪处理": ("bar", "case"),
    "审批": ("proposal",),
    "账号": ("account", "password", "sign_up"),
}
OTHER = "其他"


def family_of(kind: str) -> str:
    """What a letter is about, in words."""
    return next((name for name, starts in FAMILIES.items() if kind.startswith(starts)), OTHER)


def of_family(name: str) -> Q:
    """The letters of a family; those of none are `OTHER`."""
    starts = FAMILIES.get(name) or [one for each in FAMILIES.values() for one in each]
    found = Q()
    for start in starts:
        found |= Q(kind__startswith=start)
    return found if name in FAMILIES else ~found


class FamilyFilter(admin.SimpleListFilter):
    """Letters by what they are about: a kind is a word of the code."""

    title = "种类"
    parameter_name = "family"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in (*FAMILIES, OTHER)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Notice]) -> QuerySet[Notice]:
        name = self.value()
        return queryset.filter(of_family(name)) if name else queryset


@admin.register(Notice)
class NoticeAdmin(RecordAdmin):
    """What was written to whom and whether it left. `?status__exact=failed` is the list of those to call."""

    see = ("app.review",)
    list_display = ("queued_at", "reader", "phone", "subject", "channel", "status", "tries", "last_error")
    list_filter = ("status", "channel", FamilyFilter)
    list_select_related = ("candidate", "user")
    search_fields = ("=about_id", "candidate__name")
    search_help_text = "关联编号或姓名"
    show_facets = admin.ShowFacets.NEVER
    fields = (
        "queued_at", "reader", "phone", "family", "channel", "subject", "body", "url", "status", "tries", "next_try_at",
        "last_error", "sent_at", "read_at",
    )  # fmt: skip
    readonly_fields = fields

    @admin.display(description="种类")
    def family(self, notice: Notice) -> str:
        """In words."""
        return family_of(notice.kind)

    @admin.display(description="收件人")
    def reader(self, notice: Notice) -> str:
        """Masked, as everywhere."""
        return str(notice.candidate or notice.user)

    @admin.display(description="手机")
    def phone(self, notice: Notice) -> str:
        """Whom to call when nothing arrives; the whole number stands on the person's page."""
        return notice.candidate.masked_phone if notice.candidate else ""

    def get_queryset(self, request):  # type: ignore[no-untyped-def]
        """The office reads all letters, not only its own."""
        return admin.ModelAdmin.get_queryset(self, request)


@admin.register(Heartbeat)
class HeartbeatAdmin(RecordAdmin):
    """The last sign of life of the worker and of the clock."""

    see = ("sys.logs",)
    list_display = ("part", "at")
    readonly_fields = ("part", "at")
