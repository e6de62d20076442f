"""Where the sign-in library meets the product."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from kupasi.acts import client_address

from . import crypto


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up goes through the product's own page; addresses follow the product's proxy rule."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)


class MfaAdapter(DefaultMFAAdapter):
    """Second-factor secrets are encrypted at rest like every other personal field."""

    def encrypt(self, text: str) -> str:
        return crypto.encrypt(text, bound_to="mfa")

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.decrypt(encrypted_text, bound_to="mfa")

    def get_totp_label(self, user: Any) -> str:
        return str(user.username)
