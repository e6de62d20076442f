"""What two people allowed: refunds, late admissions, changes of core data, and the one-time lists."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from exams.models import ExamSession
from kupasi import clock
from kupasi.acts import Act
from kupasi.admin import RecordAdmin
from kupasi.errors import Refusal
from kupasi.people.roles import may
from registration.models import CoreChange, FullExport, LateAdmission, Refund
from registration.services import exports

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class SessionForm(forms.Form):
    """Which session's list."""

    exam_session = forms.ModelChoiceField(
        label="评价场次", queryset=ExamSession.objects.select_related("occupation").order_by("-exam_month")
    )


class ReadAdmin(RecordAdmin):
    """A ledger: read here, written by approvals only; each row leads to its proposal."""

    list_display_links = None
    actions = None

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """A row is read on the page of its proposal."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return redirect("admin:approvals_proposal_page", row.proposal_id)

    @admin.display(description="审批")
    def decided(self, row: Any) -> SafeString:
        return format_html('<a href="{}">查看</a>', reverse("admin:approvals_proposal_page", args=[row.proposal_id]))


@admin.register(Refund)
class RefundAdmin(ReadAdmin):
    """Money that went out."""

    see = ("ledger.read", "refund.approve")
    list_display = ("number", "order_shown", "amount", "reason", "asked_by", "approved_by", "refunded_at", "decided")
    list_filter = ("refunded_at",)
    list_select_related = ("order", "asked_by", "approved_by")

    @admin.display(description="订单")
    def order_shown(self, row: Refund) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:registration_order_pay", args=[row.order_id]), row.order
        )


@admin.register(LateAdmission)
class LateAdmissionAdmin(ReadAdmin):
    """Who may apply after the window."""

    see = ("app.late",)
    list_display = ("candidate", "occupation", "window", "until", "application", "decided")
    list_select_related = ("candidate", "occupation", "window", "application")


@admin.register(CoreChange)
class CoreChangeAdmin(ReadAdmin):
    """Who has another name or document."""

    see = ("account.id_change",)
    list_display = ("candidate", "changed_at", "decided")
    list_select_related = ("candidate",)


@admin.register(FullExport)
class FullExportAdmin(ReadAdmin):
    """Lists that two people approved: the asker downloads once."""

    see = ("export.full",)
    list_display = ("exam_session", "asked_by", "expires_at", "downloaded_at", "file", "decided")
    list_select_related = ("exam_session__occupation", "asked_by")
    change_list_template = "admin/registration/fullexport/list.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, and what of it waits to be downloaded by this person."""
        waiting = FullExport.objects.filter(asked_by=request.user.pk, downloaded_at=None, expires_at__gt=clock.now())
        form = SessionForm(request.GET if "exam_session" in request.GET else None)
        if form.is_valid():
            return redirect("admin:approvals_proposal_ask", "full_export", form.cleaned_data["exam_session"].pk)
        may_ask = may(request.user, "export.full", how="ask")
        shown = {"waiting": waiting, "choice": form if may_ask else None}
        return super().changelist_view(request, {**(extra_context or {}), **shown})

    def get_urls(self) -> list[URLPattern]:
        """The one-time door."""
        door = path("<int:pk>/file/", self.admin_site.admin_view(_file), name="registration_fullexport_file")
        return [door, *super().get_urls()]

    @admin.display(description="文件")
    def file(self, row: FullExport) -> str:
        if row.downloaded_at:
            return "已下载"
        return "待下载" if row.expires_at > clock.now() else "已过期"


@require_POST
def _file(request: HttpRequest, pk: int) -> HttpResponse:
    """The workbook: for the asker, once."""
    export = get_object_or_404(FullExport, pk=pk, asked_by=request.user.pk or 0)
    if not may(request.user, "export.full", how="ask"):
        raise Http404
    try:
        content = exports.download(export.pk, by=Act.of(request))
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect("admin:registration_fullexport_changelist")
    headers = {"Content-Disposition": f'attachment; filename="export-{export.pk}.xlsx"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=XLSX, headers=headers)
