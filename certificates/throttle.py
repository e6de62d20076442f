"""How often one address may ask about certificates; the page and the API count together (rules X5)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from rest_framework.throttling import SimpleRateThrottle

from kupasi.acts import client_address


class VerifyThrottle(SimpleRateThrottle):
    """By the peer's address, at the rate `verify` of the settings."""

    scope = "verify"

    def get_cache_key(self, request: Any, view: Any) -> str:
        """One counter per address, signed in or not."""
        plain = request if isinstance(request, HttpRequest) else request._request
        return self.cache_format % {"scope": self.scope, "ident": client_address(plain)}
