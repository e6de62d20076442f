"""Where the sign-in library meets the product."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from kupasi.acts import Act, client_address
from kupasi.errors import Refusal

from . import crypto
from .models import User
from .services import challenges, sign_in

PER_ADDRESS = {"login_failed": "30/m/ip"}
FRESH = 300  # seconds for which a sign-in counts as proof of the person
WORDS = {
    "username_password_mismatch": "手机号（用户名）或密码不对，请核对后再试。",
    "phone_password_mismatch": "手机号（用户名）或密码不对，请核对后再试。",
    "email_password_mismatch": "手机号（用户名）或密码不对，请核对后再试。",
    "incorrect_password": "密码不对，请重新输入。",
    "incorrect_code": "验证码不对，请输入验证器上当前的 6 位数字。",
    "too_many_login_attempts": sign_in.LOCKED,
    "rate_limited": "操作太频繁，请稍后再试。",
}


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up goes through the product's own page; addresses, locks and words are the product's."""

    error_messages = DefaultAccountAdapter.error_messages | WORDS

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse a locked account before its password is looked at; limit the failures of one address."""
        usage = ratelimit.consume(request, app="allauth.account", action="login_failed", config=PER_ADDRESS)
        self._login_failed_rl_usage = usage
        if not usage:
            raise self.validation_error("too_many_login_attempts")
        try:
            sign_in.refuse_if_locked(credentials["username"], by=Act.of(request))
        except Refusal as refusal:
            raise self.validation_error("too_many_login_attempts") from refusal

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        user = super().authenticate(request, **credentials)
        if isinstance(user, User):
            sign_in.note_success(user, name=credentials["username"])
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        sign_in.note_failure(credentials["username"], by=Act.of(request))
        challenges.note_failure(Act.of(request))

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever signed in a moment ago has just proven who they are."""
        records = get_authentication_records(context.request, context.request.user)
        fresh = bool(records) and time.time() - records[-1]["at"] < FRESH
        return not fresh and super().is_reauthentication_required(app=app, **kwargs)

    def is_safe_url(self, url: str) -> bool:
        """Only addresses of this very site; a scheme without a host is read as another site."""
        return url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)


class MfaAdapter(DefaultMFAAdapter):
    """Second-factor secrets are encrypted at rest like every other personal field."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": WORDS["incorrect_code"],
        "cannot_delete_authenticator": "工作人员账号必须保留两步验证；更换设备请联系系统管理员。",
        "cannot_generate_recovery_codes": "请先启用两步验证，再生成恢复码。",
    }

    def encrypt(self, text: str) -> str:
        return crypto.encrypt(text, bound_to="mfa")

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.decrypt(encrypted_text, bound_to="mfa")

    def get_totp_label(self, user: Any) -> str:
        return str(user.username)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Staff keep their second factor; an administrator resets a lost one."""
        return not authenticator.user.is_staff
