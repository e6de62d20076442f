"""Letters for reading; those that did not arrive are the call list."""

from __future__ import annotations

from django.contrib import admin

from kupasi.admin import RecordAdmin

from .models import Heartbeat, Notice


@admin.register(Notice)
class NoticeAdmin(RecordAdmin):
    """What was written to whom and whether it left. `?status__exact=failed` is the list of those to call."""

    see = ("app.review",)
    list_display = ("queued_at", "reader", "phone", "subject", "channel", "status", "tries", "last_error")
    list_filter = ("status", "channel", "kind")
    list_select_related = ("candidate", "user")
    search_fields = ("=about_id", "=kind", "candidate__name")
    search_help_text = "种类、关联编号或姓名"
    show_facets = admin.ShowFacets.NEVER
    fields = (
        "queued_at", "reader", "phone", "kind", "channel", "subject", "body", "url", "status", "tries", "next_try_at",
        "last_error", "sent_at", "read_at",
    )  # fmt: skip
    readonly_fields = fields

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
