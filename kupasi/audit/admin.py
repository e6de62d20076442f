"""The audit record, for reading."""

from __future__ import annotations

from django.contrib import admin

from kupasi.admin import RecordAdmin

from .models import Entry


@admin.register(Entry)
class EntryAdmin(RecordAdmin):
    """Who did what, when and from where; nobody changes it."""

    see = ("audit.read",)
    list_display = ("at", "who", "action", "object_type", "object_id", "reason")
    list_filter = ("action", "object_type")
    list_select_related = ("actor",)
    search_fields = ("=object_id", "=action", "actor__username")
    search_help_text = "对象编号、动作或操作人的用户名"
    date_hierarchy = "at"
    show_facets = admin.ShowFacets.NEVER
    fields = ("at", "who", "address", "action", "object_type", "object_id", "before", "after", "reason", "digest")
    readonly_fields = fields

    @admin.display(description="操作人")
    def who(self, entry: Entry) -> str:
        """The person, or the job's name."""
        return str(entry.actor) if entry.actor else f"任务 {entry.job}"
