"""The candidate's fee page and the receipts."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from exams.services.settings import words
from kupasi import clock
from kupasi.dates import local_day
from registration.enums import OPEN
from registration.models import Order, Payment
from registration.services.office_letters import moment
from registration.services.receipts import receipt_pdf

PAGE = "registration/fee/fee.html"


@login_required
@require_safe
def fee(request: HttpRequest, pk: int) -> HttpResponse:
    """Items, total, deadline, how to pay, what has arrived; one's own application only."""
    rows = Order.objects.visible_to(request.user).filter(application__candidate__user_id=request.user.pk or 0)
    rows = rows.select_related("application__occupation", "application__exam_session")
    order = get_object_or_404(rows, application_id=pk)
    application = order.application
    if application is None:
        raise Http404
    due = application.pay_until
    shown = {
        "nav": "mine",
        "order": order,
        "application": application,
        "items": order.items.select_related("subject").order_by("subject__order"),
        "payments": order.payments.order_by("pk"),
        "refunds": order.refunds.order_by("pk"),
        "may_ask_refund": order.net > 0,
        "left": order.total - order.net,
        "too_much": max(order.net - order.total, 0),
        "is_open": application.status in OPEN,
        "due": moment(due) if due else "",
        "days_left": max((local_day(due) - clock.today()).days, 0) if due else None,
        "due_on": local_day(due) if due else None,
        "bank_account": words("bank_account"),
    }
    return render(request, PAGE, shown)


@login_required
@require_safe
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """The receipt of a payment: its owner's, and those who read the ledger."""
    rows = Payment.objects.visible_to(request.user).select_related(
        "order__application__occupation",
        "order__application__exam_session",
        "order__roster__institution",
        "order__roster__window",
        "recorded_by",
    )
    payment = get_object_or_404(rows, pk=pk)
    disposition = f'attachment; filename="{payment.receipt_number}.pdf"'
    content = receipt_pdf(payment)
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": disposition})
