"""Registers outside: one desk for each, one page for each file (通知 三; rules M7)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from certificates.forms import CompareForm, ReasonForm, ReceiptForm
from certificates.models import RegisterExport, RegisterLine, RegisterMapping
from certificates.services import registers
from certificates.services.register_rows import rows_for
from kupasi.acts import Act
from kupasi.approvals.models import Proposal
from kupasi.errors import Refusal, add_to_form
from kupasi.people.roles import may

PAGE = "admin/certificates/registers/{}.html"
WAYS = ("GET", "HEAD", "POST")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def may_act(user: Any) -> bool:
    """Whoever asks for lists with whole numbers deals with the registers; the others read."""
    return may(user, "export.full", how="ask")


@require_http_methods(WAYS)
def desk(request: HttpRequest, pk: int) -> HttpResponse:
    """One register: what it was not told yet, what it shows wrongly, what was sent; its own file is compared here."""
    mapping = get_object_or_404(RegisterMapping.objects.visible_to(request.user), pk=pk)
    act = request.POST.get("act", "") if request.method == "POST" else ""
    forms: dict[str, Any] = {
        "make": ReasonForm(request.POST if act == "make" else None),
        "compare": CompareForm(request.POST if act == "compare" else None, request.FILES or None),
        "correct": ReceiptForm(request.POST if act == "correct" else None),
    }
    differences = None
    if request.method == "POST":
        if not may_act(request.user) or act not in forms:
            raise PermissionDenied
        if forms[act].is_valid():
            try:
                done = _act(request, mapping, act, forms[act].cleaned_data)
                if isinstance(done, HttpResponse):
                    return done
                differences = done
            except Refusal as refusal:
                add_to_form(forms[act], refusal)
    lines = RegisterLine.objects.visible_to(request.user).filter(export__mapping=mapping).to_correct()
    context = {
        "mapping": mapping,
        "waiting": len(rows_for(mapping)),
        "lines": lines.select_related("certificate", "mark__seat__entry__ticket", "mark__seat__subject")[:200],
        "exports": mapping.exports.select_related("made_by")[:20],
        "forms": forms if may_act(request.user) else None,
        "differences": differences,
    }
    return _page(request, "desk", str(mapping), **context)


@require_http_methods(WAYS)
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """One file: approved by two, downloaded by its maker, then noted as sent with its receipt."""
    rows = RegisterExport.objects.visible_to(request.user).select_related("mapping", "made_by", "sent_by")
    found = get_object_or_404(rows, pk=pk)
    act = request.POST.get("act", "")
    form = ReceiptForm(request.POST if act == "send" else None)
    if request.method == "POST":
        if not may_act(request.user):
            raise PermissionDenied
        try:
            if act == "download":
                content = registers.download(found.pk, by=Act.of(request))
                headers = {"Content-Disposition": f'attachment; filename="register-{pk}.xlsx"'}
                return HttpResponse(content, content_type=XLSX, headers=headers)
            if act == "send" and form.is_valid():
                registers.send(found.pk, receipt=form.cleaned_data["receipt"], by=Act.of(request))
                messages.success(request, "已登记回执。")
                return redirect("admin:certificates_registerexport_page", pk)
        except Refusal as refusal:
            messages.error(request, refusal.sentence)
            return redirect("admin:certificates_registerexport_page", pk)
    proposals = Proposal.objects.visible_to(request.user).filter(kind=registers.KIND, about_id=str(pk))
    context = {"export": found, "count": found.lines.count(), "proposal": proposals.first(), "form": form}
    return _page(request, "export", f"报送 {found}", may_act=may_act(request.user), **context)


def _act(request: HttpRequest, mapping: RegisterMapping, act: str, given: dict[str, Any]) -> Any:
    """Do it: an answer to go to, or the differences that were found."""
    by = Act.of(request)
    if act == "make":
        made, _ = registers.propose(mapping.pk, reason=given["reason"], by=by)
        messages.success(request, "已制作并提请两人批准。")
        return redirect("admin:certificates_registerexport_page", made.pk)
    if act == "compare":
        return registers.compare(mapping, given["file"].read(), by=by)
    rows = RegisterLine.objects.visible_to(request.user).filter(export__mapping=mapping)
    line = get_object_or_404(rows, pk=request.POST.get("line") if request.POST.get("line", "").isdecimal() else 0)
    registers.correct(line.pk, receipt=given["receipt"], by=by)
    messages.success(request, "已登记更正回执。")
    return redirect("admin:certificates_registermapping_desk", mapping.pk)


def _page(request: HttpRequest, name: str, title: str, **shown: Any) -> HttpResponse:
    return TemplateResponse(request, PAGE.format(name), {**admin.site.each_context(request), "title": title, **shown})
