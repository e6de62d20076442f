"""Institutions, and the texts that people agree to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from kupasi.acts import Act
from kupasi.admin import RecordAdmin
from kupasi.people.enums import ConsentKind
from kupasi.people.models import ConsentText, Institution
from kupasi.people.roles import may
from kupasi.people.services import consents, staff


@admin.register(Institution)
class InstitutionAdmin(RecordAdmin):
    """Schools and training institutions."""

    see = ("app.review", "account.create_staff")
    list_display = ("name", "credit_code", "contact", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "=credit_code")
    show_facets = admin.ShowFacets.NEVER
    fields = ("name", "credit_code", "contact", "is_active")

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
