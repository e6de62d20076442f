"""Registers outside and the drawer, in the office: lists that lead to pages of their own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kupasi.acts import Act
from kupasi.admin import RecordAdmin
from kupasi.audit.services import record
from kupasi.queues import Queue, register

from .forms import MappingForm
from .models import RegisterExport, RegisterLine, RegisterMapping, StockTake
from .views import registers, stock

register(
    Queue(
        "registers-to-correct",
        "外部平台待更正",
        "export.full",
        lambda user: RegisterLine.objects.visible_to(user).to_correct(),
        "admin:certificates_registermapping_changelist",
        "export__sent_at",
        hint="已报送的证书或成绩后来有变化",
    )
)


@admin.register(RegisterMapping)
class RegisterMappingAdmin(RecordAdmin):
    """How each register's file looks; written by whoever asks for the exports, shown to both approvers."""

    see = ("export.full",)
    form = MappingForm
    list_display = ("shown", "content", "is_active")
    list_display_links = None
    actions = None
    change_list_template = "admin/certificates/registers/list.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return registers.may_act(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return registers.may_act(request.user)

    def get_urls(self) -> list[URLPattern]:
        """The desk of a register."""
        door = path(
            "<int:pk>/desk/", self.admin_site.admin_view(registers.desk), name="certificates_registermapping_desk"
        )
        return [door, *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: RegisterMapping, form: Any, change: bool) -> None:
        """Who wrote which columns is recorded."""
        super().save_model(request, obj, form, change)
        record(Act.of(request), "register_mapping.written", obj, after={"columns": obj.columns, "name": obj.name})

    @admin.display(description="平台", ordering="name")
    def shown(self, row: RegisterMapping) -> SafeString:
        return format_html('<a href="{}/desk/">{}</a>', row.pk, row.name)


class OnePage(RecordAdmin):
    """Rows that are read on a page of their own."""

    list_display_links = None
    actions = None

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """It has one page."""
        return redirect(f"admin:certificates_{self.opts.model_name}_page", int(object_id))

    @admin.display(description="名称")
    def shown(self, row: Any) -> SafeString:
        return format_html('<a href="{}/page/">{}</a>', row.pk, row)


@admin.register(RegisterExport)
class RegisterExportAdmin(OnePage):
    """Files that were drawn up for registers."""

    see = ("export.full",)
    list_display = ("shown", "made_by", "approved_at", "sent_at", "receipt")
    list_select_related = ("mapping", "made_by")

    def get_urls(self) -> list[URLPattern]:
        """The page of a file."""
        door = path(
            "<int:pk>/page/", self.admin_site.admin_view(registers.export), name="certificates_registerexport_page"
        )
        return [door, *super().get_urls()]


@admin.register(StockTake)
class StockTakeAdmin(OnePage):
    """Counts of the drawer."""

    see = ("cert.print",)
    list_display = ("shown", "taken_by", "expected", "found")
    list_select_related = ("taken_by",)
    change_list_template = "admin/certificates/stock/list.html"

    def get_urls(self) -> list[URLPattern]:
        """Count, and look at a count."""
        wrap = self.admin_site.admin_view
        own = [
            path("count/", wrap(stock.count), name="certificates_stocktake_count"),
            path("<int:pk>/page/", wrap(stock.page), name="certificates_stocktake_page"),
        ]
        return [*own, *super().get_urls()]
