"""Occupations, subjects, conditions and prices for the office (rules P1–P4, E2; matrix plan.edit, fee.edit)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from exams.models import Fee, Occupation, OccupationCondition, Subject
from exams.services.programme import set_price

from .base import MaskedExport, RecordedAdmin, ServiceAdmin, ServiceForm, approves


class EditedInline(admin.StackedInline):
    """Rows of an occupation, edited with it; nothing is deleted."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return approves(request, "plan.edit")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return approves(request, "plan.edit")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True


class SubjectInline(EditedInline):
    model = Subject


class ConditionInline(EditedInline):
    model = OccupationCondition


@admin.register(Occupation)
class OccupationAdmin(MaskedExport, RecordedAdmin):
    """What is assessed: data, so that adding an occupation needs no code."""

    see = do = add = ("plan.edit",)
    list_display = ("name", "code", "number_code", "level", "involves_marking", "exam_mode", "is_active", "order")
    inlines = (SubjectInline, ConditionInline)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return approves(request, "plan.edit")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return approves(request, "plan.edit")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Codes stand in tickets and addresses: they do not change."""
        return ("code", "number_code") if obj else ()


class FeeForm(ServiceForm):
    """A new price from a day on."""

    class Meta:
        model = Fee
        fields = ("subject", "amount", "effective_from")

    def perform(self) -> Fee:
        words = self.cleaned_data
        return set_price(
            words["subject"].pk, amount=words["amount"], effective_from=words["effective_from"], by=self.by
        )


@admin.register(Fee)
class FeeAdmin(MaskedExport, ServiceAdmin):
    """Prices are added, never rewritten."""

    see = add = ("fee.edit",)
    form = FeeForm
    list_display = ("occupation", "subject", "amount", "effective_from", "effective_until")
    list_filter = ("subject__occupation",)
    list_select_related = ("subject__occupation",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return approves(request, "fee.edit")

    @admin.display(description="职业")
    def occupation(self, fee: Fee) -> str:
        """Whose subject it is."""
        return fee.subject.occupation.name
