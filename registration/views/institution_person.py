"""One person of a roster: how far, withdrawn before payment, the whole number for a reason (A4, section 10)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form
from kupasi.people.roles import may
from registration.enums import NEXT, OPEN, ApplicationStatus
from registration.forms.roster_after import ReasonForm
from registration.models import Application, Order
from registration.services import applications
from registration.services.rosters import states

from .institution_doors import needs

PAGE = "registration/institution/person.html"


def _own(request: HttpRequest, pk: int) -> Application:
    """Somebody whom the own institution has filed; another's is not there."""
    rows = Application.objects.visible_to(request.user).filter(roster_row__isnull=False)
    with_them = ("candidate", "document", "occupation", "exam_session", "roster_row__roster")
    return get_object_or_404(rows.select_related(*with_them), pk=pk)


@require_safe
@needs("ledger.read")
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """What is known of one person's application."""
    return _shown(request, _own(request, pk))


@require_POST
@needs("app.withdraw")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one person off before the payment; the order is lowered."""
    found, form = _own(request, pk), ReasonForm(request.POST)
    if form.is_valid():
        try:
            applications.withdraw(found.pk, by=Act.of(request), reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, "已撤回，名额已释放，订单金额随之减少。")
            return redirect("institution-person", pk)
    return _shown(request, found, withdrawing=form, status=400)


@require_POST
@needs("pii.full_id")
@sensitive_variables("number_shown")
def number(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole number of the document that the application was filed with, for a reason; the look is recorded."""
    found, form = _own(request, pk), ReasonForm(request.POST)
    if not form.is_valid():
        return _shown(request, found, looking=form, status=400)
    number_shown = states.whole_number(found, by=Act.of(request), reason=form.cleaned_data["reason"])
    return _shown(request, found, number_shown=number_shown)


def _paid_order(request: HttpRequest, found: Application) -> int | None:
    """The order on which a refund for the person may be asked for: money is in, and the person has not left."""
    if found.status not in OPEN or not may(request.user, "refund.ask"):
        return None
    rows = Order.objects.visible_to(request.user).holding().filter(items__application=found)
    return rows.values_list("pk", flat=True).first()


def _shown(
    request: HttpRequest,
    found: Application,
    *,
    withdrawing: ReasonForm | None = None,
    looking: ReasonForm | None = None,
    number_shown: str = "",
    status: int = 200,
) -> HttpResponse:
    may_end = ApplicationStatus.WITHDRAWN in NEXT[ApplicationStatus(found.status)]
    context = {
        "nav": "mine",
        "application": found,
        "roster": found.roster_row.roster,
        "number_shown": number_shown,
        "withdrawing": (withdrawing or ReasonForm()) if may_end and may(request.user, "app.withdraw") else None,
        "looking": looking or ReasonForm(),
        "paid_order": _paid_order(request, found),
    }
    answer = render(request, PAGE, context, status=status)
    answer.headers["Cache-Control"] = "no-store, private"
    return answer
