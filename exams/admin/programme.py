"""Occupations, subjects, conditions and prices for the office (rules P1–P4, E2; matrix plan.edit, fee.edit)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from exams.models import Fee, Occupation, OccupationCondition, RetakeScheme, Subject
from kupasi.admin import RecordAdmin
from kupasi.people.roles import may

from .base import MaskedExport, RecordedAdmin, approves
from .forms import SubjectChoice


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


class PricedSubjectForm(forms.Form):
    """Whose price is to change."""

    subject = SubjectChoice(label="科目", queryset=Subject.objects.select_related("occupation"))


class ReplacedSubjectForm(forms.Form):
    """Which failed subject the scheme is about."""

    subject = SubjectChoice(label="原不合格科目", queryset=Subject.objects.select_related("occupation"))


@admin.register(RetakeScheme)
class RetakeSchemeAdmin(MaskedExport, RecordAdmin):
    """Which new subjects stand for an old one: the clerk asks, the supervisor approves (rules T6)."""

    see = add = ("plan.edit",)
    list_display = ("occupation", "from_mode", "to_mode", "old_subject", "new_subject", "is_general", "source")
    list_filter = ("occupation",)
    list_select_related = ("occupation", "old_subject", "new_subject")
    exclude = ("candidate",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request.user, "plan.edit", how="ask")

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """First the old subject; then the page where the approval is asked for."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ReplacedSubjectForm(request.GET or None)
        if form.is_valid():
            return redirect("admin:approvals_proposal_ask", "retake_scheme", form.cleaned_data["subject"].pk)
        shown = {**admin.site.each_context(request), "title": "公布补考方案", "form": form}
        return TemplateResponse(request, "admin/exams/scheme.html", shown)

    @admin.display(description="适用于", boolean=False)
    def is_general(self, line: RetakeScheme) -> str:
        """Everybody, or the one person whom staff decided about."""
        return "所有人" if line.candidate_id is None else "个人"


@admin.register(Fee)
class FeeAdmin(MaskedExport, RecordAdmin):
    """Prices are added, never rewritten: the clerk asks, finance approves."""

    see = add = ("fee.edit",)
    list_display = ("occupation", "subject", "amount", "effective_from", "effective_until")
    list_filter = ("subject__occupation",)
    list_select_related = ("subject__occupation",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request.user, "fee.edit", how="ask")

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """First the subject; then the page where finance's approval is asked for."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = PricedSubjectForm(request.GET or None)
        if form.is_valid():
            return redirect("admin:approvals_proposal_ask", "fee_change", form.cleaned_data["subject"].pk)
        shown = {**admin.site.each_context(request), "title": "调整收费标准", "form": form}
        return TemplateResponse(request, "admin/exams/price.html", shown)

    @admin.display(description="职业")
    def occupation(self, fee: Fee) -> str:
        """Whose subject it is."""
        return fee.subject.occupation.name
