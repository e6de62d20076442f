"""Certificates on the web: one's own, and the public verification."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from certificates.forms import VerifyForm
from certificates.models import Certificate
from certificates.services import offline as services
from certificates.services import statements, verification
from certificates.throttle import VerifyThrottle
from exams.services.results import is_held_by_case
from exams.services.settings import office_facts
from kupasi import clock, seals
from kupasi.acts import Act
from kupasi.audit.services import record

PAGE = "certificates/{}.html"


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """One's own certificates: number, where and when to collect, how others can verify them (通知 五)."""
    rows = Certificate.objects.visible_to(request.user).filter(candidate__user_id=request.user.pk or 0)
    rows = rows.annotate(is_held=is_held_by_case()).select_related("occupation", "handover")
    return render(request, PAGE.format("mine"), {"nav": "mine", "certificates": rows, "office": office_facts()})


@login_required
@require_safe
def paper(request: HttpRequest, pk: int) -> FileResponse:
    """The PDF of a certificate that is in force; whoever of the office opens one is recorded."""
    rows = Certificate.objects.visible_to(request.user).on_paper()
    certificate = get_object_or_404(rows, pk=pk)
    if request.user.is_staff:
        record(Act.of(request), "certificate.opened_file", certificate, after={"sha256": certificate.sha256})
    name = f"certificate-{certificate.number}.pdf"
    return FileResponse(certificate.file.open(), filename=name, content_type="application/pdf")


@never_cache
@sensitive_post_parameters("name")
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Anybody's question by number and name; the answer is shown at once and kept nowhere (通知 三)."""
    form = VerifyForm(request.POST if request.method == "POST" else None)
    answer = None
    if request.method == "POST":
        if _too_often(request):
            return _slow_down(request)
        if form.is_valid():
            answer = verification.by_name(form.cleaned_data["number"], form.cleaned_data["name"])
    shown = {"form": form, "answer": answer, "asked_at": clock.now(), "issuer": office_facts().name}
    return render(request, PAGE.format("verify"), shown)


@never_cache
@require_safe
def scan(request: HttpRequest, token: str) -> HttpResponse:
    """Where a certificate's QR code leads: the answer to its signed statement."""
    if _too_often(request):
        return _slow_down(request)
    answer = verification.by_token(token)
    shown = {"answer": answer, "asked_at": clock.now(), "issuer": office_facts().name}
    return render(request, PAGE.format("scan"), shown)


@require_safe
def keys(request: HttpRequest) -> JsonResponse:
    """The public key with which a certificate's QR code is checked offline."""
    return JsonResponse(statements.keys(), headers={"Access-Control-Allow-Origin": "*"})


@require_safe
def seal(request: HttpRequest) -> HttpResponse:
    """The certificate of the house's seal, with which a PDF reader checks the signature on a paper."""
    return HttpResponse(seals.seal().pem, content_type="application/x-pem-file")


@cache_control(public=True, max_age=60)
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """Checking a code without asking anybody: in this page, or in the file that it offers."""
    return render(request, PAGE.format("offline"), {"trust": services.trust(at=clock.now()), "office": office_facts()})


@cache_control(public=True, max_age=60)
@require_safe
def offline_file(request: HttpRequest) -> HttpResponse:
    """The page to take along, one file, with the list of void certificates as it stands now."""
    now = clock.now()
    name = f"certificate-check-{now:%Y%m%d-%H%M}.html"
    return HttpResponse(services.page(at=now), headers={"Content-Disposition": f'attachment; filename="{name}"'})


@cache_control(public=True, max_age=60)
@require_safe
def status(request: HttpRequest) -> JsonResponse:
    """The signed list of void certificates, for checking offline."""
    return JsonResponse(statements.status_list(at=clock.now()), headers={"Access-Control-Allow-Origin": "*"})


def _too_often(request: HttpRequest) -> bool:
    return not VerifyThrottle().allow_request(request, None)  # type: ignore[arg-type]  # any request with META will do


def _slow_down(request: HttpRequest) -> HttpResponse:
    answer = render(request, "429.html", status=429)
    answer["Retry-After"] = "60"
    return answer
