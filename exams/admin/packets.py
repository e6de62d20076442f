"""The sites' packets for the office: made, fetched, received."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.forms import Form
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from exams.models import TicketPacket
from exams.services import packets, prints
from kupasi import clock, signing
from kupasi.acts import Act
from kupasi.admin import RecordAdmin
from kupasi.audit.services import record
from kupasi.errors import Refusal, add_to_form

from .arrange import does, may_do
from .forms import DepositForm, PacketForm, PassphraseForm


@admin.register(TicketPacket)
class PacketAdmin(RecordAdmin):
    """The sites' backups: made, fetched, received."""

    see = ("seat.arrange",)
    list_display = ("on", "site", "tickets", "made_at", "made_by", "received", "links")
    list_filter = ("site", "on")
    list_select_related = ("site", "made_by")
    list_display_links = None
    change_list_template = "admin/exams/packets.html"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("make/", wrap(self.make), name="exams_packet_make"),
            path("<int:pk>/file/", wrap(self.fetch), name="exams_packet_file"),
            path("<int:pk>/passphrase/", wrap(self.passphrase), name="exams_packet_passphrase"),
            path("<int:pk>/deposit/", wrap(self.deposit), name="exams_packet_deposit"),
        ]
        return [*own, *super().get_urls()]

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Whoever only reads is offered no door."""
        return self.list_display if may_do(request.user, "seat.arrange") else self.list_display[:-1]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        may_make = may_do(request.user, "seat.arrange")
        return super().changelist_view(request, {"may_make": may_make, **(extra_context or {})})

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect("admin:exams_packet_deposit", int(object_id))

    @does("seat.arrange")
    def make(self, request: HttpRequest) -> HttpResponse:
        """Ask for a site's packet; the worker packs it, the next page shows how far it is."""
        form = PacketForm(request.POST or None)
        if form.is_valid():
            try:
                site, on = form.cleaned_data["site"], form.cleaned_data["on"]
                run = prints.ask_packet(site_id=site.pk, on=on, by=Act.of(request))
                return redirect("admin:exams_printrun_change", run.pk)
            except Refusal as refusal:
                add_to_form(form, refusal)
        return self._page(request, form, title="制作考核点备份包")

    @does("seat.arrange")
    def deposit(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Who received it."""
        packet = get_object_or_404(TicketPacket.objects.select_related("site", "made_by"), pk=pk)
        form = DepositForm(request.POST or None)
        if form.is_valid():
            try:
                packets.deposit(pk, by=Act.of(request), received_by=form.cleaned_data["received_by"])
                self.message_user(request, "已登记送达。", messages.SUCCESS)
                return redirect("admin:exams_ticketpacket_changelist")
            except Refusal as refusal:
                add_to_form(form, refusal)
        return self._page(request, form, title=f"备份包 {packet}", packet=packet)

    @does("seat.arrange")
    def passphrase(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The words that open the zip, for whoever hands it over; each look is recorded with its reason."""
        packet = get_object_or_404(TicketPacket.objects.select_related("site", "made_by"), pk=pk)
        form, words = PassphraseForm(request.POST or None), ""
        if form.is_valid():
            try:
                words = packets.tell_passphrase(pk, by=Act.of(request), reason=form.cleaned_data["reason"])
            except Refusal as refusal:
                add_to_form(form, refusal)
        shown = {"packet": packet, "words": words, "fingerprint": signing.fingerprint()}
        return self._page(request, form, title=f"备份包口令 {packet}", template="passphrase", **shown)

    @does("seat.arrange")
    def fetch(self, request: HttpRequest, pk: int) -> FileResponse:
        """The zip; every fetching is recorded."""
        packet = get_object_or_404(TicketPacket, pk=pk)
        record(Act.of(request), "packet.fetched", packet)
        headers = {"Content-Disposition": f'attachment; filename="packet-{packet.on:%Y%m%d}-{packet.pk}.zip"'}
        return FileResponse(packet.file.open("rb"), content_type="application/zip", headers=headers)

    def _page(self, request: HttpRequest, form: Form, *, template: str = "packet", **context: Any) -> HttpResponse:
        shown = {**self.admin_site.each_context(request), "form": form, **context}
        return TemplateResponse(request, f"admin/exams/{template}.html", shown)

    @admin.display(description="送达", ordering="deposited_at")
    def received(self, row: TicketPacket) -> str:
        return f"{row.deposited_to} {clock.local_day(row.deposited_at):%m-%d}" if row.deposited_at else "未送达"

    @admin.display(description="")
    def links(self, row: TicketPacket) -> SafeString:
        return format_html(
            '<a href="{}">打开</a>　<a href="{}">下载</a>',
            reverse("admin:exams_packet_deposit", args=[row.pk]),
            reverse("admin:exams_packet_file", args=[row.pk]),
        )
