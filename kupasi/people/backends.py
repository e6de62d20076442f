"""Signing in: candidates by phone, everybody else by user name."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from .crypto import blind_index
from .models import User
from .rules import judge_phone


class PhoneOrUsername(ModelBackend):
    """Finds the account by the phone's keyed hash or by its user name; unknown ones cost the same time."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        if not username or password is None:
            return None
        phone = judge_phone(username)
        user = User.objects.filter(username=username).first()
        if user is None and phone.valid:
            user = User.objects.filter(phone_index=blind_index("phone", phone.normalized)).first()
        if user is None:
            User().set_password(password)
            return None
        return user if user.check_password(password) and self.user_can_authenticate(user) else None
