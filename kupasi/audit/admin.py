"""The audit record, for reading."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from kupasi.admin import RecordAdmin

from .models import Entry
from .words import WORDS, action_words, object_words


class ActionFilter(admin.SimpleListFilter):
    """What was done."""

    title = "动作"
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(WORDS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(action=self.value()) if self.value() else queryset


class ObjectFilter(admin.SimpleListFilter):
    """On what kind of row."""

    title = "对象"
    parameter_name = "object_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        kinds = Entry.objects.order_by("object_type").values_list("object_type", flat=True).distinct()
        return [(kind, object_words(kind)) for kind in kinds]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(object_type=self.value()) if self.value() else queryset


@admin.register(Entry)
class EntryAdmin(RecordAdmin):
    """Who did what, when and from where; nobody changes it."""

    see = ("audit.read",)
    list_display = ("at", "who", "what", "on_what", "object_id", "reason")
    list_filter = (ActionFilter, ObjectFilter)
    list_select_related = ("actor",)
    search_fields = ("=object_id", "=action", "actor__username")
    search_help_text = "对象编号、动作或操作人的用户名"
    date_hierarchy = "at"
    show_facets = admin.ShowFacets.NEVER
    fields = ("at", "who", "address", "what", "on_what", "object_id", "before", "after", "reason", "digest")
    readonly_fields = fields

    @admin.display(description="操作人")
    def who(self, entry: Entry) -> str:
        """The person, or the job's name."""
        return str(entry.actor) if entry.actor else f"任务 {entry.job}"

    @admin.display(description="动作", ordering="action")
    def what(self, entry: Entry) -> str:
        """What was done, in words."""
        return action_words(entry.action)

    @admin.display(description="对象", ordering="object_type")
    def on_what(self, entry: Entry) -> str:
        """The kind of row, in words."""
        return object_words(entry.object_type)
