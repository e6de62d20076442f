"""Institutions, and the texts that people agree to."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from kupasi.acts import Act
from kupasi.admin import RecordAdmin
from kupasi.errors import raise_first
from kupasi.people.enums import ConsentKind
from kupasi.people.models import ConsentText, Institution
from kupasi.people.roles import may
from kupasi.people.rules import judge_credit_code
from kupasi.people.services import consents, staff

ASK = "admin:approvals_proposal_ask"


class InstitutionForm(forms.ModelForm):
    """The code is judged while it is typed in (通知 二(二))."""

    credit_code = forms.CharField(
        label="统一社会信用代码", max_length=40, help_text="18 位，按营业执照或登记证书填写。"
    )

    class Meta:
        model = Institution
        fields = ("name", "credit_code", "contact", "is_active")

    def clean_credit_code(self) -> str:
        """By its check character."""
        judged = judge_credit_code(self.cleaned_data["credit_code"])
        raise_first(judged.errors)
        return judged.normalized


@admin.register(Institution)
class InstitutionAdmin(RecordAdmin):
    """Schools and training institutions."""

    see = ("app.review", "account.create_staff")
    form = InstitutionForm
    list_display = ("name", "credit_code", "contact", "is_active", "people")
    list_filter = ("is_active",)
    search_fields = ("name", "=credit_code")
    show_facets = admin.ShowFacets.NEVER
    fields = ("name", "credit_code", "contact", "is_active")
    actions = ("invite_approver",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.annotate(accounts=Count("memberships", filter=Q(memberships__user__is_active=True)))

    @admin.display(description="使用中的账号")
    def people(self, row: Any) -> int:
        return int(row.accounts)

    @admin.action(description="申请开设审核人的账号", permissions=["change"])
    def invite_approver(self, request: HttpRequest, queryset: QuerySet[Institution]) -> HttpResponse | None:
        """Asked for here, opened by another person's approval, then invited by a link; its clerks it opens itself."""
        rows = list(queryset[:2])
        if len(rows) != 1:
            self.message_user(request, "请只选一家机构。", messages.ERROR)
            return None
        given = {"roles": "institution_approver", "institution": rows[0].pk}
        return redirect(f"{reverse(ASK, args=['staff_account', 0])}?{urlencode(given)}")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request.user, "account.create_staff", how="ask")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request)

    def save_model(self, request: HttpRequest, obj: Institution, form: Any, change: bool) -> None:
        """With its line in the record."""
        staff.keep_institution(obj, fields=form.changed_data, by=Act.of(request))


class TextForm(forms.ModelForm):
    """A new version; the old ones stay as they are."""

    kind = forms.ChoiceField(label="种类", choices=ConsentKind.choices())

    class Meta:
        model = ConsentText
        fields = ("kind", "text", "effective_from")


@admin.register(ConsentText)
class ConsentTextAdmin(RecordAdmin):
    """Texts by version: a new wording is a new row."""

    see = ("sys.settings", "app.review")
    form = TextForm
    list_display = ("kind", "version", "effective_from")
    list_filter = ("kind",)
    show_facets = admin.ShowFacets.NEVER

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request.user, "sys.settings", how="ask")

    def save_model(self, request: HttpRequest, obj: ConsentText, form: Any, change: bool) -> None:
        """The service gives the version."""
        kept = consents.publish_text(
            Act.of(request), kind=ConsentKind(obj.kind), text=obj.text, effective_from=obj.effective_from
        )
        obj.pk, obj.version = kept.pk, kept.version
