"""Certificates that an institution collects: its list to be signed, and the office's record of it (通知 五; X4)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods, require_safe

from kupasi.acts import Act
from kupasi.errors import Refusal
from registration.models import Roster
from registration.services.rosters import after

from . import desk_doors
from .institution_after import PDF, a_file, own_roster
from .institution_doors import needs


@require_safe
@needs("cert.print")
def certificates(request: HttpRequest, pk: int) -> HttpResponse:
    """What waits to be collected, and what was handed over when."""
    roster = own_roster(request, pk)
    rows = list(after.certificates(roster))
    waiting = after.waiting_certificates([pk])[pk]
    context = {"nav": "mine", "roster": roster, "here": "certificates", "certificates": rows, "waiting": waiting}
    return render(request, "registration/institution/certificates.html", context)


@require_safe
@needs("cert.print")
def signing_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The list with lines for signatures, as a PDF; the download is recorded."""
    roster = own_roster(request, pk)
    try:
        content = after.handover_pdf(roster)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect("institution-certificates", pk)
    after.note_download(roster, what="certificates", by=Act.of(request))
    return a_file(content, name=f"证书签收清单-{roster.number}.pdf", kind=PDF)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_doors.needs(("cert.print", ""))
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """The office hands the certificates of a roster to its institution; POST records it, one by one."""
    rows = Roster.objects.visible_to(request.user).select_related("window", "institution")
    roster = get_object_or_404(rows, pk=pk)
    if request.method == "POST":
        count = after.hand_over_all(roster, by=Act.of(request))
        messages.success(request, f"已登记：{roster.institution} 领取 {count} 张证书。")
        return redirect("desk-roster-certificates", pk)
    listed = list(after.certificates(roster))
    waiting = after.waiting_certificates([pk])[pk]
    title = f"证书交付 {roster.number}"
    context = desk_doors.shown(request, roster=roster, certificates=listed, waiting=waiting, title=title)
    return TemplateResponse(request, "registration/desk/handover.html", context)
