"""W3C credentials on the web: one's own to download, the public status list and the issuer's key."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from certificates.models import Certificate
from certificates.services import credentials
from kupasi import clock

OPEN = {"Access-Control-Allow-Origin": "*"}
MOST_BLOCKS = 1000
PLAIN = {"ensure_ascii": False, "indent": 1}


@login_required
@require_safe
def own(request: HttpRequest, pk: int) -> JsonResponse:
    """The holder's own certificate as a Verifiable Credential; nobody else's is found."""
    rows = Certificate.objects.visible_to(request.user).on_paper().filter(candidate__user_id=request.user.pk or 0)
    certificate = get_object_or_404(rows.select_related("occupation"), pk=pk)
    document = credentials.credential(certificate, at=clock.now())
    name = f"certificate-{certificate.number}.vc.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return JsonResponse(document, headers=headers, content_type=credentials.KIND, json_dumps_params=PLAIN)


@cache_control(public=True, max_age=60)
@require_safe
def status_list(request: HttpRequest, block: int) -> JsonResponse:
    """The Bitstring Status List of one block of certificates."""
    if not 0 <= block < MOST_BLOCKS:
        raise Http404
    document = credentials.status_list(block, at=clock.now())
    return JsonResponse(document, headers=OPEN, content_type=credentials.KIND)


@cache_control(public=True, max_age=60)
@require_safe
def issuer(request: HttpRequest) -> JsonResponse:
    """The issuer's controller document: the key with which its credentials are checked."""
    return JsonResponse(credentials.controller(), headers=OPEN)
