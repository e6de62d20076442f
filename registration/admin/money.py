"""Orders and payments in the admin: a ledger, read here; finance records a payment on the order's page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kupasi.admin import RecordAdmin
from kupasi.people.roles import may
from kupasi.people.rules.text import squeeze
from kupasi.posted_search import PostedSearch
from registration.models import Application, Order, Payment
from registration.services import countersigns, finding
from registration.views import fee_office

from .queues import ORDER_QUEUES

TONES = {"open": "neutral", "part": "warn", "paid": "good", "over": "warn", "closed": "neutral"}


class OrderQueueFilter(admin.SimpleListFilter):
    """One of finance's queues."""

    title = "待办"
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, queue.label) for code, queue in ORDER_QUEUES.items() if queue.is_for(request.user)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        queue = ORDER_QUEUES.get(self.value() or "")
        return queryset if queue is None else queryset.filter(pk__in=queue.rows(request.user).order_by().values("pk"))


@admin.register(Order)
class OrderAdmin(PostedSearch, RecordAdmin):
    """What is owed and what has arrived."""

    see = ("ledger.read", "order.mark_paid")
    list_display = ("reference_shown", "application_shown", "total", "paid", "state", "created_at")
    list_display_links = None
    list_filter = (OrderQueueFilter, "status")
    list_select_related = ("application", "roster")
    search_help_text = "缴费参考号、凭证号、收据号、申报编号、姓名或手机末四位，至少两个字"
    actions = None

    def find(self, rows: QuerySet[Any], words: str) -> QuerySet[Any]:
        plain = squeeze(words)
        if not plain.isprintable():
            return rows.none()
        direct = rows.filter(reference__iexact=plain)
        slips = Payment.objects.filter(reference=plain) | Payment.objects.filter(receipt_number__iexact=plain)
        people = finding.find(Application.objects.filter(order__in=rows), words)
        by_slip = rows.filter(pk__in=slips.values("order"))
        group = rows.filter(roster__number__iexact=plain) | rows.filter(roster__institution__name__icontains=plain)
        return (direct | by_slip | group | rows.filter(application__in=people.values("pk"))).distinct()

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """A queue begins with its oldest."""
        queue = ORDER_QUEUES.get(request.GET.get("queue", ""))
        return (queue.age_field, "pk") if queue else ("-pk",)

    def get_urls(self) -> list[URLPattern]:
        """The ledger page stands before Django's own pages."""
        page = self.admin_site.admin_view(fee_office.pay)
        return [path("<int:pk>/pay/", page, name="registration_order_pay"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """An order has one page."""
        return redirect("admin:registration_order_pay", int(object_id))

    @admin.display(description="缴费参考号", ordering="reference")
    def reference_shown(self, row: Order) -> SafeString:
        return format_html('<a href="{}/pay/">{}</a>', row.pk, row.reference)

    @admin.display(description="申报", ordering="application__number")
    def application_shown(self, row: Order) -> str:
        return f"{row.about}（{row.state_words}）"

    @admin.display(description="状态", ordering="status")
    def state(self, row: Order) -> SafeString:
        tone = TONES[row.status]
        return format_html('<span class="k-tag k-tag-{}">{}</span>', tone, row.get_status_display())


class CountersignFilter(admin.SimpleListFilter):
    """Whether a second person has looked at the payment."""

    title = "复核"
    parameter_name = "countersigned"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "待复核"), ("yes", "已复核")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("no", "yes"):
            return queryset
        return queryset.filter(countersign__isnull=self.value() == "no")


@admin.register(Payment)
class PaymentAdmin(PostedSearch, RecordAdmin):
    """The ledger: never edited, never deleted."""

    see = ("ledger.read", "order.mark_paid")
    list_display = (
        "receipt_number", "order_shown", "amount", "method", "reference", "received_at", "recorded_by", "countersigned",
    )  # fmt: skip
    list_display_links = None
    list_filter = (CountersignFilter, "method", "received_at")
    list_select_related = ("order", "recorded_by", "countersign__countersigned_by")
    search_help_text = "凭证号、收据号或缴费参考号"
    actions = ("countersign",)

    def find(self, rows: QuerySet[Any], words: str) -> QuerySet[Any]:
        plain = squeeze(words)
        if not plain.isprintable():
            return rows.none()
        found = rows.filter(reference=plain) | rows.filter(receipt_number__iexact=plain)
        return found | rows.filter(order__reference__iexact=plain)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """A payment is read on its order's page."""
        payment = self.get_object(request, object_id)
        if payment is None:
            return redirect("admin:registration_payment_changelist")
        return redirect("admin:registration_order_pay", payment.order_id)

    def has_countersign_permission(self, request: HttpRequest) -> bool:
        """Finance (matrix: order.mark_paid, V)."""
        return may(request.user, "order.mark_paid", how="approve")

    @admin.action(description="日结复核：金额与凭证相符", permissions=["countersign"])
    def countersign(self, request: HttpRequest, rows: QuerySet[Payment]) -> None:
        """The second look of the daily close; one's own are refused."""
        self.run(request, rows, lambda pk, by: countersigns.countersign(pk, by=by), done="已复核")

    @admin.display(description="复核人")
    def countersigned(self, row: Payment) -> str:
        signed = getattr(row, "countersign", None)
        return str(signed.countersigned_by) if signed else "待复核"

    @admin.display(description="订单")
    def order_shown(self, row: Payment) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:registration_order_pay", args=[row.order_id]), row.order
        )
