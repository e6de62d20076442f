"""Certificates for the office: prefixes, the register, the ledger of numbers, and what waits."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kupasi.acts import Act
from kupasi.admin import RecordAdmin
from kupasi.people.roles import may
from kupasi.queues import Queue, register

from . import admin_outside as outside
from . import services
from .enums import CertificateStatus
from .forms import SeriesForm
from .models import Certificate, IssueBatch, NumberImport, NumberSeries, NumberUse
from .views import lists, office

__all__ = ["CertificateAdmin", "outside"]
S = CertificateStatus
TONES = {S.WAITING: "info", S.ISSUED: "warn", S.COLLECTED: "good", S.VOID: "bad"}
LIST = "admin:certificates_certificate_changelist?status__exact="


def to_number(user: Any) -> QuerySet[Certificate]:
    """Qualified, and still without a number."""
    return Certificate.objects.visible_to(user).filter(status=S.WAITING)


def to_collect(user: Any) -> QuerySet[Certificate]:
    """Ready on paper, not collected yet."""
    return Certificate.objects.visible_to(user).filter(status=S.ISSUED)


register(
    Queue(
        "certificates-to-number",
        "待编号证书",
        "cert.approve",
        to_number,
        LIST + S.WAITING,
        "created_at",
        hint="名单批准、前缀或正式编号录入后自动编号制证",
    )
)
register(
    Queue(
        "certificates-to-list",
        "待列入发证名单",
        "cert.approve",
        lambda user: to_number(user).filter(approved_facts=""),
        "admin:certificates_issuebatch_choose",
        "created_at",
        hint="列出合格人员，提请另一人批准",
    )
)
register(
    Queue(
        "certificates-to-collect",
        "待领取证书",
        "cert.print",
        to_collect,
        LIST + S.ISSUED,
        "issued_on",
        hint="核对证件后登记领取",
        late_days=60,
    )
)


class PlainChoices(RecordAdmin):
    """Related rows are chosen here, not made, changed or looked at."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        widget = getattr(field, "widget", None)
        if field is not None and isinstance(widget, RelatedFieldWidgetWrapper):
            field.widget = widget.widget
        return field


@admin.register(NumberSeries)
class NumberSeriesAdmin(PlainChoices):
    """The prefix is entered by a supervisor from its document; it is never made up and never edited."""

    see = ("cert.approve", "cert.print")
    form = SeriesForm
    list_display = ("prefix", "level_digit", "occupation", "source", "is_sample", "is_active", "created_at")
    list_display_links = None
    list_filter = ("is_active", "is_sample", "occupation")
    list_select_related = ("occupation",)
    actions = ("retire",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request.user, "cert.approve", how="approve")

    def save_model(self, request: HttpRequest, obj: NumberSeries, form: Any, change: bool) -> None:
        """The service enters it, retiring the one used so far."""
        facts = {name: form.cleaned_data[name] for name in SeriesForm.Meta.fields}
        entered = services.enter_series(Act.of(request), **facts)
        obj.pk, obj.created_at, obj._state.adding = entered.pk, entered.created_at, False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return super().get_actions(request) if self.has_add_permission(request) else {}

    @admin.action(description="停用所选前缀", permissions=["add"])
    def retire(self, request: HttpRequest, queryset: QuerySet[NumberSeries]) -> None:
        self.run(request, queryset, lambda pk, act: services.retire_series(pk, by=act), done="已停用")


@admin.register(NumberUse)
class NumberUseAdmin(RecordAdmin):
    """The ledger: every number ever used, also those of void certificates."""

    see = ("cert.approve", "cert.revoke")
    list_display = ("number", "year", "serial", "used_at")
    list_display_links = None
    list_filter = ("year",)
    search_fields = ("number__endswith",)
    search_help_text = "编号，或编号的末几位"
    ordering = ("-pk",)
    actions = None


class ApprovedList(RecordAdmin):
    """Something that one drew up and another approves: one page each."""

    see = ("cert.approve",)
    list_display_links = None
    list_select_related: ClassVar[Any] = ("made_by", "approved_by")
    ordering = ("-pk",)
    actions = None

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """It has one page."""
        return redirect(f"admin:certificates_{self.opts.model_name}_page", int(object_id))

    @admin.display(description="名称")
    def name(self, row: Any) -> SafeString:
        return format_html('<a href="{}/page/">{}</a>', row.pk, row)

    @admin.display(description="状态")
    def state(self, row: Any) -> SafeString:
        tone, words = ("good", "已批准") if row.approved_at else ("info", "未批准")
        return format_html('<span class="k-tag k-tag-{}">{}</span>', tone, words)


@admin.register(IssueBatch)
class IssueBatchAdmin(ApprovedList):
    """Lists for certificates."""

    list_display = ("name", "state", "made_by", "made_at", "approved_by", "approved_at")
    list_select_related = ("exam_session__occupation", "made_by", "approved_by")
    change_list_template = "admin/certificates/lists/list.html"

    def get_urls(self) -> list[URLPattern]:
        """Choose a session, draw up its list, look at one."""
        wrap = self.admin_site.admin_view
        own = [
            path("prepare/", wrap(lists.choose), name="certificates_issuebatch_choose"),
            path("prepare/<int:pk>/", wrap(lists.prepare), name="certificates_issuebatch_prepare"),
            path("<int:pk>/page/", wrap(lists.batch), name="certificates_issuebatch_page"),
        ]
        return [*own, *super().get_urls()]


@admin.register(NumberImport)
class NumberImportAdmin(ApprovedList):
    """Files of official numbers."""

    list_display = ("name", "state", "made_by", "made_at", "approved_by", "approved_at")
    change_list_template = "admin/certificates/lists/imports.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Whoever may take a file in is led to where that is done."""
        may_take = may(request.user, "cert.approve", how="ask")
        return super().changelist_view(request, {"may_take": may_take, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern]:
        """Take a file, look at one."""
        wrap = self.admin_site.admin_view
        own = [
            path("take/", wrap(lists.numbers), name="certificates_numberimport_take"),
            path("<int:pk>/page/", wrap(lists.number_import), name="certificates_numberimport_page"),
        ]
        return [*own, *super().get_urls()]


@admin.register(Certificate)
class CertificateAdmin(RecordAdmin):
    """The register: read here, changed by services on the certificate's own page."""

    see = ("cert.print", "cert.approve", "cert.revoke", "cert.reissue")
    change_list_template = "admin/certificates/certificate/list.html"
    list_display = ("number_shown", "candidate", "occupation", "state", "issued_on", "file_shown")
    list_display_links = None
    list_filter = ("status", "occupation", "issued_on")
    list_select_related = ("candidate", "occupation")
    search_fields = ("number__endswith",)
    search_help_text = "证书编号，或编号的末几位"
    actions = ("issue_waiting",)

    def get_urls(self) -> list[URLPattern]:
        """The finder and the certificate's page stand before Django's own pages."""
        wrap = self.admin_site.admin_view
        own = [
            path("find/", wrap(office.find), name="certificates_certificate_find"),
            path("<int:pk>/page/", wrap(office.page), name="certificates_certificate_page"),
        ]
        return [*own, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """A certificate has one page."""
        return redirect("admin:certificates_certificate_page", int(object_id))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return super().get_actions(request) if office.OFFERS["issue"].allowed(request.user) else {}

    @admin.action(description="为所选证书编号制证")
    def issue_waiting(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> None:
        if not office.OFFERS["issue"].allowed(request.user):
            self.message_user(request, "您没有编号制证的权限。", messages.ERROR)
            return
        rows = queryset.filter(status=S.WAITING).order_by("pk")
        self.run(request, rows, lambda pk, act: services.issue(pk, by=act), done="已编号制证")

    @admin.display(description="证书编号", ordering="number")
    def number_shown(self, row: Certificate) -> SafeString:
        return format_html('<a href="{}/page/">{}</a>', row.pk, row)

    @admin.display(description="状态", ordering="status")
    def state(self, row: Certificate) -> SafeString:
        tone = TONES[CertificateStatus(row.status)]
        return format_html('<span class="k-tag k-tag-{}">{}</span>', tone, row.get_status_display())

    @admin.display(description="文件")
    def file_shown(self, row: Certificate) -> SafeString | str:
        if not row.sha256 or row.status == S.VOID:
            return "—"
        return format_html('<a href="{}">打开 PDF</a>', reverse("certificate-paper", args=[row.pk]))
