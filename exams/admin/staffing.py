"""Staff of an exam day and their declared relations, for the office."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from exams.enums import DutyRole
from exams.models import Duty, Tie
from exams.services.staffing import assign_duty, remove_duty
from kupasi.people.models import User

from .arrange import may_do
from .base import ServiceAdmin, ServiceForm
from .venues import ArrangedAdmin


class DutyForm(ServiceForm):
    """Who does what where on a day."""

    class Meta:
        model = Duty
        fields = ("site", "on", "user", "role")

    def perform(self) -> Model:
        given = self.cleaned_data
        role = DutyRole(given["role"])
        return assign_duty(self.by, site=given["site"], on=given["on"], user=given["user"], role=role)

    def _get_validation_exclusions(self) -> set[str]:
        """The service judges who is free, in words that say where the person already is."""
        return {*super()._get_validation_exclusions(), "user"}  # type: ignore[misc]  # Django's own hook


def staff_only(db_field: Any, kwargs: dict[str, Any]) -> None:
    """Staff are chosen, not candidates or institutions."""
    if db_field.name == "user":
        kwargs["queryset"] = User.objects.filter(is_staff=True, is_active=True)


@admin.register(Duty)
class DutyAdmin(ServiceAdmin):
    """The people of a day at a site: head, invigilators, examiners. Given and taken back, never changed."""

    see = ("seat.arrange",)
    form = DutyForm
    list_display = ("on", "site", "role", "user")
    list_filter = ("on", "site", "role")
    list_select_related = ("site", "user")
    date_hierarchy = "on"
    actions = ("take_off",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_do(request.user, "seat.arrange")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and may_do(request.user, "seat.arrange")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        staff_only(db_field, kwargs)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.action(description="撤下所选安排", permissions=["change"])
    def take_off(self, request: HttpRequest, queryset: QuerySet[Duty]) -> None:
        self.run(request, queryset, lambda pk, by: remove_duty(pk, by=by), done="已撤下")


@admin.register(Tie)
class TieAdmin(ArrangedAdmin):
    """Declared relations to institutions; ended with a day, never deleted."""

    list_display = ("user", "institution", "words", "declared_on", "ended_on")
    list_filter = ("institution",)
    list_select_related = ("user", "institution")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("user", "institution", "declared_on") if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        staff_only(db_field, kwargs)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
