"""Links of the admin's read-only fields, only to rows that this person may open."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.helpers import AdminField, AdminReadonlyField
from django.contrib.admin.utils import quote
from django.db.models import Model
from django.http import HttpRequest
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.html import format_html


class OpenLinks:
    """A form, fieldset, line or inline of Django's admin, as it is; its read-only fields link to open doors alone."""

    def __init__(self, shown: Any, request: HttpRequest) -> None:
        self.shown, self.request = shown, request

    def __getattr__(self, name: str) -> Any:
        return getattr(self.shown, name)

    def __iter__(self) -> Iterator[Any]:
        for one in self.shown:
            if isinstance(one, AdminReadonlyField):
                one.get_admin_url = partial(link, self.request, one.model_admin)  # type: ignore[method-assign, arg-type]
            yield one if isinstance(one, (AdminField, AdminReadonlyField)) else OpenLinks(one, self.request)


def opens(request: HttpRequest, site: AdminSite, page: str) -> bool:
    """Whether an address of the admin belongs to a list that this person may see; other addresses say nothing."""
    try:
        name = resolve(page).url_name or ""
    except Resolver404:
        return True
    owners = (one for one in site._registry.values() if name.startswith(f"{one.opts.label_lower.replace('.', '_')}_"))
    return all(one.has_view_or_change_permission(request) for one in owners)


def link(request: HttpRequest, shown_by: ModelAdmin[Any], remote_field: Any, row: Model) -> str:
    """The row's words, linked to its page where this person may open it."""
    site, model = shown_by.admin_site, remote_field.model
    other = site._registry.get(model)
    if other is None or not other.has_view_or_change_permission(request, row):
        return str(row)
    if not other.get_queryset(request).filter(pk=row.pk).exists():
        return str(row)
    try:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        return format_html('<a href="{}">{}</a>', reverse(name, args=[quote(row.pk)], current_app=site.name), row)
    except NoReverseMatch:
        return str(row)
