"""Admin forms that act through a service: a refusal becomes an error of the form, and what was typed stays."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models, transaction
from django.http import HttpRequest
from import_export.admin import ExportMixin
from import_export.formats.base_formats import XLSX

from kupasi.acts import Act
from kupasi.admin import RecordAdmin
from kupasi.audit.services import record
from kupasi.errors import Refusal, add_to_form
from kupasi.people.roles import may, may_any


class ServiceForm(forms.ModelForm):
    """A form whose saving is a service: `perform` calls it and returns the row."""

    by: Act

    def perform(self) -> models.Model:
        """The use case."""
        raise NotImplementedError

    def _post_clean(self) -> None:
        """After Django's own checks, so that the row in the form is not the one that the service locks and judges."""
        super()._post_clean()  # type: ignore[misc]  # Django's hook between the checks and the saving
        if self.errors:
            return
        try:
            with transaction.atomic():
                self.instance = self.perform()
        except Refusal as refusal:
            add_to_form(self, refusal)


class ServiceAdmin(RecordAdmin):
    """Rows that are added and changed by services only."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form with the act of this request in it."""
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"by": Act.of(request)})

    def get_formsets_with_inlines(self, request: HttpRequest, obj: Any = None) -> Any:
        """Inlines here are for reading: what is sent is the form alone, so that nothing after it can fail."""
        return () if request.method == "POST" else super().get_formsets_with_inlines(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The service has written already."""


class DraftAdmin(ServiceAdmin):
    """Written by the roles that ask for the action (A); those that approve it (V) look, and approve elsewhere."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return any(may(request.user, action, how="ask") for action in self.add)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return any(may(request.user, action, how="ask") for action in self.do)


class RecordedAdmin(RecordAdmin):
    """Plain data, edited as it is, with one audit line for each row that changed."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        before = {name: str(form.initial.get(name, "")) for name in form.changed_data} if change else {}
        super().save_model(request, obj, form, change)
        if form.changed_data or not change:
            self._record(request, obj, before=before, names=form.changed_data, change=change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Rows of an inline, each with its line."""
        initial = {one.instance.pk: one.initial for one in formset.forms}
        super().save_formset(request, form, formset, change)
        for obj in formset.new_objects:
            self._record(request, obj, before={}, names=[], change=False)
        for obj, names in formset.changed_objects:
            before = {name: str(initial[obj.pk].get(name, "")) for name in names}
            self._record(request, obj, before=before, names=names, change=True)

    def _record(
        self, request: HttpRequest, obj: models.Model, *, before: dict[str, str], names: list[str], change: bool
    ) -> None:
        after = {name: str(getattr(obj, name)) for name in names} if change else {"text": str(obj)}
        action = f"{obj._meta.model_name}.{'changed' if change else 'added'}"
        record(Act.of(request), action, obj, before=before, after=after)


class MaskedExport(ExportMixin):
    """A list as a workbook, for those with `export.masked`; no formulas, one audit line.

    The library's page between the list and the file works by inline scripts, which our pages refuse: it is skipped.
    """

    skip_export_form = True

    def has_export_permission(self, request: HttpRequest) -> bool:
        return may_any(request.user, "export.masked")

    def get_export_formats(self) -> list[type[XLSX]]:
        """One format."""
        return [XLSX]

    def get_export_data(self, file_format: Any, request: HttpRequest, queryset: Any, **kwargs: Any) -> Any:
        """The file; that it was made is recorded."""
        data = super().get_export_data(file_format, request, queryset, **kwargs)
        first = queryset.first()
        if first is not None:
            after = {"rows": queryset.count(), "format": file_format.get_title()}
            record(Act.of(request), f"{first._meta.model_name}.exported", first, after=after)
        return data


def approves(request: HttpRequest, action: str) -> bool:
    """Whether the role approves what others ask for."""
    return may(request.user, action, how="approve")
