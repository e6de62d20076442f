"""A candidate's choice after an exam was cancelled or moved: go along, another month, or the fee back (rules A4)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from kupasi import clock
from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form
from registration.enums import ChoiceStatus
from registration.forms.changes import ChoiceForm
from registration.models import DisruptionChoice
from registration.services import choices
from registration.services.choice_rows import has_place
from registration.services.disruption_letters import happened

from .candidate_doors import own_application

PAGE = "registration/me/change.html"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """What happened, and the choice; without one, or once it was made, the application's own page."""
    row = own_application(request, pk)
    mine = DisruptionChoice.objects.visible_to(request.user).filter(application=row)
    open_one = mine.filter(status=ChoiceStatus.OPEN).select_related("disruption__exam_session").first()
    if open_one is None:
        return redirect("application", pk)
    options = choices.options(open_one, row, on=clock.today())
    form = ChoiceForm(request.POST or None, options=options)
    if request.method == "POST" and form.is_valid():
        try:
            done = choices.choose(open_one.pk, option=form.cleaned_data["option"], by=Act.of(request))
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, f"已记录您的选择：{done.get_status_display()}。办理情况会来信告知。")
            return redirect("application", pk)
    context = {
        "nav": "mine",
        "application": row,
        "disruption": open_one.disruption,
        "happened": happened(open_one.disruption),
        "has_place": has_place(row),
        "is_ours": row.institution_id is None,
        "form": form,
    }
    return render(request, PAGE, context)
