"""Doors in front of every page: no endless body, nothing private cached, no staff page without a second factor."""

from __future__ import annotations

from collections.abc import Callable

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

OVERHEAD = 64 * 1024  # the fields and boundaries around a file
Handler = Callable[[HttpRequest], HttpResponse]


class BodyLimit:
    """A body that says that it is larger than any upload may be is refused before one byte of it is read (UP-017)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) <= settings.UPLOAD_LIMIT + OVERHEAD:
            return self.get_response(request)
        title = f"内容过大，一次最多 {settings.UPLOAD_LIMIT // (1024 * 1024)} MB。"
        if request.path.startswith("/api/"):
            body = {"type": "about:blank", "title": title, "status": 413, "code": "too_large", "detail": title}
            answer: HttpResponse = JsonResponse(body, status=413, content_type="application/problem+json")
        else:
            answer = HttpResponse(title, status=413, content_type="text/plain; charset=utf-8")
        answer["Connection"] = "close"
        return answer


class PrivatePages:
    """Whatever was answered to somebody signed in, or carries a session, is `no-store, private`."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated or not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response


class SecondFactor:
    """Staff without an enrolled second factor are led to enrol one before any page is served."""

    OPEN = ("/static/", "/healthz", "/readyz")

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if user.is_authenticated and user.is_staff and not request.path.startswith(self.OPEN):
            allowed = (reverse("mfa_activate_totp"), reverse("account_logout"), reverse("account_reauthenticate"))
            if request.path not in allowed and not self.enrolled(request):
                return self.refuse(request)
        return self.get_response(request)

    @staticmethod
    def refuse(request: HttpRequest) -> HttpResponse:
        """Pages lead to the enrolment; the API says so in a problem document."""
        if not request.path.startswith("/api/"):
            return redirect("mfa_activate_totp")
        title = "请先启用两步验证。"
        body = {"type": "about:blank", "title": title, "status": 403, "code": "second_factor_needed", "detail": title}
        return JsonResponse(body, status=403, content_type="application/problem+json")

    @staticmethod
    def enrolled(request: HttpRequest) -> bool:
        """Whether the signed-in person has a second factor; a person with one cannot sign in without it."""
        return bool(is_mfa_enabled(request.user, [Authenticator.Type.TOTP]))
