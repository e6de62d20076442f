"""An order in the admin: its ledger, and for finance the form that records a payment."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from kupasi.acts import Act
from kupasi.approvals import kinds
from kupasi.people.roles import may
from registration.enums import PaymentMethod
from registration.forms.money import PaymentForm
from registration.models import Order
from registration.services import countersigns
from registration.services.office_letters import moment
from registration.services.roster_orders import confirm_some, people_of

PAGE = "admin/registration/order/pay.html"


@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, pk: int) -> HttpResponse:
    """The ledger of one order; POST records a payment."""
    with_them = ("application__candidate", "application__occupation", "roster__institution", "roster__window")
    rows = Order.objects.visible_to(request.user).select_related(*with_them)
    order = get_object_or_404(rows, pk=pk)
    may_pay = may(request.user, "order.mark_paid", how="approve")
    left = max(order.total - order.net, Decimal(0))
    method = PaymentMethod.TRANSFER if order.roster_id else PaymentMethod.POS
    form = PaymentForm(request.POST or None, initial={"amount": left or None, "method": method})
    if request.method == "POST":
        if not may_pay:
            raise PermissionDenied
        if form.carry_out(order, by=Act.of(request)):
            if form.payment:
                confirm_some(order.pk, by=Act.of(request))
            waits = "已提交复核：另一位财务人员在“审批事项”中核对银行流水后入账。"
            messages.success(request, f"已登记，收据号 {form.payment.receipt_number}。" if form.payment else waits)
            return redirect("admin:registration_order_pay", order.pk)
    shown = {
        **admin.site.each_context(request),
        "title": f"订单 {order.reference}",
        "order": order,
        "items": order.items.filter(application=None).select_related("subject").order_by("subject__order"),
        "people": people_of(order) if order.roster else [],
        "payments": order.payments.select_related("recorded_by", "countersign__countersigned_by").order_by("pk"),
        "left": order.total - order.net,
        "pay_until": moment(order.due_at) if order.due_at else "",
        "waiting": countersigns.waiting_on(order),
        "form": form if may_pay else None,
        "refunds": order.refunds.select_related("asked_by", "approved_by").order_by("pk"),
        "may_ask_refund": order.net > 0 and kinds.get("refund").may_ask(request.user),
    }
    return TemplateResponse(request, PAGE, shown)
