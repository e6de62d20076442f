"""A portrait that waits while the clerk puts a form right: checked, encrypted, for a quarter of an hour."""

from __future__ import annotations

import secrets

from django.core.cache import cache

from kupasi.people.crypto import Unreadable, decrypt_bytes, encrypt_bytes
from kupasi.people.photos import check_photo

SECONDS = 15 * 60
PURPOSE = "held-photo"


def hold(data: bytes, *, user_id: int) -> str:
    """Keep a portrait that passes the check and return its token. Refuses as `check_photo` does."""
    token = secrets.token_urlsafe(16)
    cache.set(_key(token, user_id), encrypt_bytes(check_photo(data), bound_to=PURPOSE), SECONDS)
    return token


def take(token: str, *, user_id: int) -> bytes | None:
    """The portrait kept under the token by the same person, if it still waits."""
    stored = cache.get(_key(token, user_id)) if token else None
    if stored is None:
        return None
    try:
        return decrypt_bytes(stored, bound_to=PURPOSE)
    except Unreadable:
        return None


def _key(token: str, user_id: int) -> str:
    return f"held-photo:{user_id}:{token}"
