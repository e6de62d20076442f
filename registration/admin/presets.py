"""Header presets in the admin: how the files of a city's or school's own system are read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from kupasi.acts import Act
from kupasi.admin import RecordAdmin
from kupasi.people.roles import may
from registration.forms.preset import PresetForm, lines_of
from registration.models import HeaderPreset
from registration.services.rosters.presets import keep_preset


@admin.register(HeaderPreset)
class HeaderPresetAdmin(RecordAdmin):
    """Written by whoever reviews what institutions file; institutions choose one when they send a file."""

    see = ("app.review",)
    form = PresetForm
    list_display = ("name", "for_whom", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("institution",)
    search_fields = ("name",)
    fields = ("name", "institution", "column_lines", "value_lines", "constant_lines", "is_active")
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request.user, "app.review", how="approve")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request)

    def save_model(self, request: HttpRequest, obj: HeaderPreset, form: Any, change: bool) -> None:
        """With its line in the record."""
        keep_preset(obj, by=Act.of(request))

    @admin.display(description="列名对应")
    def column_lines(self, row: HeaderPreset) -> str:
        """For those who only read; whoever writes has the form's field of this name. So the next two."""
        return lines_of(row)["column_lines"]

    @admin.display(description="取值对应")
    def value_lines(self, row: HeaderPreset) -> str:
        return lines_of(row)["value_lines"]

    @admin.display(description="固定取值")
    def constant_lines(self, row: HeaderPreset) -> str:
        return lines_of(row)["constant_lines"]

    @admin.display(description="适用机构", ordering="institution__name")
    def for_whom(self, row: HeaderPreset) -> str:
        return str(row.institution or "各机构通用")
