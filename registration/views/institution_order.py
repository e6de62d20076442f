"""The order of a roster: one amount, one reference, who is paid, whom the invoice is for (通知 二(四); rules A5)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from exams.services.settings import words
from kupasi import clock
from kupasi.acts import Act
from kupasi.dates import local_day
from kupasi.errors import Refusal
from kupasi.people.roles import may
from registration.enums import OrderStatus
from registration.forms.roster_after import InvoiceForm
from registration.models import Order, Roster
from registration.services import countersigns, roster_orders
from registration.services.office_letters import moment
from registration.services.rosters import after, states

from .institution_after import a_file, own_roster
from .institution_doors import needs

PAGE = "registration/institution/order.html"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@needs("ledger.read")
def order(request: HttpRequest, pk: int) -> HttpResponse:
    """What is owed, until when, what has arrived, person by person; before the review is closed, who is how far."""
    roster = own_roster(request, pk)
    return _shown(request, roster, _order_of(request, roster))


@require_POST
@needs("order.pay")
def invoice(request: HttpRequest, pk: int) -> HttpResponse:
    """Whom the invoice is for."""
    roster = own_roster(request, pk)
    found, form = _order_of(request, roster), InvoiceForm(request.POST)
    if found is None:
        raise Http404
    if form.is_valid():
        try:
            roster_orders.keep_invoice(found.pk, by=Act.of(request), **form.cleaned_data)
        except Refusal as refusal:
            form.tell(refusal)
        else:
            messages.success(request, "开票信息已保存。")
            return redirect("institution-order", pk)
    return _shown(request, roster, found, form=form, status=400)


@require_safe
@needs("export.masked")
def people(request: HttpRequest, pk: int) -> HttpResponse:
    """The people of the list with their states, numbers masked, as a workbook; the download is recorded."""
    roster = own_roster(request, pk)
    content = states.workbook(roster)
    after.note_download(roster, what="people", by=Act.of(request))
    return a_file(content, name=f"people-{roster.number}.xlsx", kind=XLSX)


def _order_of(request: HttpRequest, roster: Roster) -> Order | None:
    return Order.objects.visible_to(request.user).filter(roster=roster).first()


def _shown(
    request: HttpRequest, roster: Roster, found: Order | None, *, form: InvoiceForm | None = None, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"nav": "mine", "roster": roster, "here": "order", "order": found}
    back: dict[int | None, Decimal] = {}
    if found is not None:
        due = found.pay_until
        typed = {"title": found.invoice_title, "code": found.invoice_code}
        context |= {
            "payments": found.payments.order_by("pk"),
            "refunds": found.refunds.select_related("application").order_by("pk"),
            "waiting": countersigns.waiting_on(found),
            "left": found.total - found.net,
            "over": found.net - found.total,
            "is_closed": found.status == OrderStatus.CLOSED,
            "due": moment(due) if due else "",
            "due_on": local_day(due) if due else None,
            "days_left": max((local_day(due) - clock.today()).days, 0) if due else None,
            "bank_account": words("bank_account"),
            "form": (form or InvoiceForm(initial=typed)) if may(request.user, "order.pay") else None,
            "may_ask_refund": found.net > 0 and may(request.user, "refund.ask"),
        }
        for one in context["refunds"]:
            back[one.application_id] = back.get(one.application_id, Decimal(0)) + one.amount
    people = states.listed(roster)
    context["people"] = [(one, back.get(one.application.pk) if one.application else None) for one in people]
    return render(request, PAGE, context, status=status)
