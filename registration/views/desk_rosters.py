"""A roster's papers at the counter: its list was scanned, the signed forms are counted and received in one go."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from kupasi.acts import Act
from kupasi.errors import Refusal
from registration.forms.roster_review import OriginalsForm
from registration.models import Roster
from registration.services.rosters import office

from .desk_doors import CLERK, needs, shown

PER_PAGE = 100


@require_http_methods(["GET", "HEAD", "POST"])
@needs(CLERK)
def originals(request: HttpRequest, pk: int) -> HttpResponse:
    """Whose form is still missing; POST records as many as the button said, back at the counter for the next scan."""
    rows = Roster.objects.visible_to(request.user).select_related("institution", "window")
    roster = get_object_or_404(rows, pk=pk)
    form = OriginalsForm(request.POST or None)
    if form.is_valid():
        try:
            said = form.carry_out(roster.pk, by=Act.of(request))
        except Refusal as refusal:
            messages.error(request, f"{roster.number}　{refusal.sentence}")
            return redirect("desk-roster-originals", roster.pk)
        messages.success(request, f"{roster.number}　{roster.institution}：{said}")
        return redirect("desk")
    missing = office.without_original(roster).select_related("occupation", "roster_row")
    listed = Paginator(missing.order_by("roster_row__class_name", "number"), PER_PAGE).get_page(request.GET.get("page"))
    more = {"title": f"团体申报 {roster.number}", "roster": roster, "page": listed, "missing": listed.paginator.count}
    return TemplateResponse(request, "registration/desk/originals.html", shown(request, **more))
