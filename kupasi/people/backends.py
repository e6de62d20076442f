"""Signing in: candidates by phone, everybody else by user name."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from .models import User
from .services.sign_in import account_of, normalize_login


class PhoneOrUsername(ModelBackend):
    """Finds the account by the phone's keyed hash or by its user name; unknown ones cost the same time."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        if not username or password is None:
            return None
        user = account_of(normalize_login(username))
        if user is None or not user.has_usable_password():
            User().set_password(password)
            return None
        return user if user.check_password(password) and self.user_can_authenticate(user) else None
