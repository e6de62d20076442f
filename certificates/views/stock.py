"""Counting the drawer: scan everything that lies there, see what is missing and what should not be there."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods, require_safe

from certificates.forms import StockForm
from certificates.models import Certificate, StockTake
from certificates.services.stock import take_stock
from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form
from kupasi.people.roles import may

PAGE = "admin/certificates/stock/{}.html"


@require_http_methods(["GET", "HEAD", "POST"])
def count(request: HttpRequest) -> HttpResponse:
    """Scan line by line; the count is kept."""
    if not may(request.user, "cert.print"):
        raise PermissionDenied
    form = StockForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            taken = take_stock(form.cleaned_data["scanned"].splitlines(), by=Act.of(request))
            return redirect("admin:certificates_stocktake_page", taken.pk)
        except Refusal as refusal:
            add_to_form(form, refusal, "scanned")
    shown = {**admin.site.each_context(request), "title": "盘点证书", "form": form}
    return TemplateResponse(request, PAGE.format("count"), shown)


@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """What a count found; what was missing then and still waits leads to its certificate."""
    taken = get_object_or_404(StockTake.objects.visible_to(request.user).select_related("taken_by"), pk=pk)
    missing = Certificate.objects.visible_to(request.user).filter(number__in=taken.missing).order_by("number")
    shown = {**admin.site.each_context(request), "title": f"盘点 {taken}", "taken": taken}
    shown["missing"] = missing.select_related("candidate", "occupation")
    return TemplateResponse(request, PAGE.format("page"), shown)
