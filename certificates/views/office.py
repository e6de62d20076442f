"""Certificates in the office: one page for each, the counter's finder, and what a person may do there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from certificates import services
from certificates.enums import CertificateStatus
from certificates.forms import FindForm, HandOverForm, IssueForm
from certificates.models import Certificate
from certificates.services.handovers import number_of
from kupasi.acts import Act
from kupasi.approvals import kinds
from kupasi.approvals.kinds import Kind
from kupasi.errors import Refusal, add_to_form
from kupasi.people.roles import may, may_any

PAGE = "admin/certificates/certificate/{}.html"
S = CertificateStatus


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that may be done with a certificate: in which states, by whom, with which form, by which service."""

    label: str
    states: frozenset[CertificateStatus]
    allowed: Callable[[Any], bool]
    form: type[forms.Form]
    service: Callable[..., object]
    done: str
    hint: str = ""


OFFERS = {
    "issue": Offer(
        "编号制证",
        frozenset({S.WAITING}),
        lambda user: may(user, "cert.print") or may(user, "cert.approve", how="approve"),
        IssueForm,
        services.issue,
        "已编号制证",
        hint="名单经批准、前缀或正式编号录入后系统会自动编号，也可在此立即办理。",
    ),
    "hand-over": Offer(
        "办理领取",
        frozenset({S.ISSUED}),
        lambda user: may(user, "cert.print"),
        HandOverForm,
        services.hand_over,
        "已登记领取",
        hint="核对证件与照片后登记，登记后不能更改。依据：通知 五",
    ),
}
ASKED = ("certificate_reprint", "certificate_correct", "certificate_void")


def offered(certificate: Certificate, user: Any) -> dict[str, Offer]:
    """What this person may do with this certificate now."""
    state = CertificateStatus(certificate.status)
    return {code: one for code, one in OFFERS.items() if state in one.states and one.allowed(user)}


def asked(certificate: Certificate, user: Any) -> list[tuple[Kind, str]]:
    """The acts that this person may ask another one to approve, with the pages where that is done."""
    found = [kinds.get(code) for code in ASKED]
    return [
        (kind, reverse("admin:approvals_proposal_ask", args=[kind.code, certificate.pk]))
        for kind in found
        if kind.may_ask(user) and kind.rows(user).filter(pk=certificate.pk).exists()
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """One certificate; POST does one of the offered acts."""
    rows = Certificate.objects.visible_to(request.user)
    certificate = get_object_or_404(rows.select_related("occupation", "candidate", "document", "handover"), pk=pk)
    offers, code = offered(certificate, request.user), request.POST.get("act", "")
    bound = {name: _form(offer, request, chosen=name == code) for name, offer in offers.items()}
    if request.method == "POST":
        if code not in offers:
            return _not_now(request, code, pk)
        if _carry_out(offers[code], bound[code], certificate, by=Act.of(request)):
            messages.success(request, f"{offers[code].done}。")
            return redirect("admin:certificates_certificate_page", pk)
    shown = {
        **admin.site.each_context(request),
        "title": f"证书 {certificate}",
        "certificate": certificate,
        "acts": [(name, offers[name], form) for name, form in bound.items()],
        "may_see_photo": may_any(request.user, "pii.photo"),
        "asked": asked(certificate, request.user),
        "masked": not any(one.allowed(request.user) for one in OFFERS.values())
        and not any(kinds.get(code).may_approve(request.user) for code in ASKED),
    }
    return TemplateResponse(request, PAGE.format("page"), shown)


@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """The counter's finder: scan or type, and the certificate's page opens."""
    if not may_any(request.user, "cert.print"):
        raise PermissionDenied
    form = FindForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        number = number_of(form.cleaned_data["number"])
        found = Certificate.objects.visible_to(request.user).filter(number=number or None).first()
        if found is not None:
            return redirect("admin:certificates_certificate_page", found.pk)
        form.add_error("number", "没有找到这个编号的证书，请核对后重新扫描或输入。")
    shown = {**admin.site.each_context(request), "title": "证书领取", "form": form}
    return TemplateResponse(request, PAGE.format("find"), shown)


def _form(offer: Offer, request: HttpRequest, *, chosen: bool) -> forms.Form:
    return offer.form(request.POST if chosen else None)


def _carry_out(offer: Offer, form: forms.Form, certificate: Certificate, *, by: Act) -> bool:
    """Do it; a refusal becomes the form's error."""
    if not form.is_valid():
        return False
    try:
        offer.service(certificate.pk, by=by, **form.cleaned_data)
    except Refusal as refusal:
        add_to_form(form, refusal)
        return False
    return True


def _not_now(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """An act that nobody may do here is forbidden; one that the state no longer allows is said so."""
    offer = OFFERS.get(code)
    if offer is None or not offer.allowed(request.user):
        raise PermissionDenied
    messages.warning(request, f"这张证书的状态已变化，现在不能“{offer.label}”。")
    return redirect("admin:certificates_certificate_page", pk)
