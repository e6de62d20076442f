"""API keys: `Authorization: Bearer …`, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from kupasi import clock

from . import scopes
from .models import ApiToken, User

LIFE = timedelta(hours=12)


def make_token(
    user: User, *, at: datetime, life: timedelta = LIFE, opens: list[str] | None = None
) -> tuple[str, ApiToken]:
    """A new key, shown once, and its row; `opens` are its scopes, all of them where none are named."""
    key = secrets.token_urlsafe(32)
    words = " ".join(scopes.everything() if opens is None else opens)
    row = ApiToken.objects.create(user=user, key_hash=_hash(key), scopes=words, created_at=at, expires_at=at + life)
    return key, row


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


class ScopeMissing(PermissionDenied):
    """403 `scope_missing`: the key is good, and was not made for this."""

    default_code = problem_code = "scope_missing"


class BearerToken(BaseAuthentication):
    """Finds the account of a key that is neither expired nor withdrawn, and was made for what is asked."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        if len(parts) != 2:
            raise AuthenticationFailed("密钥格式有误。")
        key_hash = _hash(parts[1].decode("latin-1"))
        token = ApiToken.objects.select_related("user").filter(key_hash=key_hash, revoked_at=None).first()
        if token is None or token.expires_at <= clock.now() or not token.user.is_active:
            raise AuthenticationFailed("密钥无效或已过期。")
        if token.user.is_staff and not is_mfa_enabled(token.user, [Authenticator.Type.TOTP]):
            raise AuthenticationFailed("工作人员账号请先启用两步验证。")
        needed = scopes.needed(str(request.method), request.path)
        if needed is None or (needed and needed not in token.scopes.split()):
            raise ScopeMissing(f"这个密钥没有“{needed}”的范围，请在账号资料页建立一个含此范围的密钥。")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'
