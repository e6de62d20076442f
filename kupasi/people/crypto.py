"""Authenticated encryption of personal fields and the keyed hash by which they are found."""

from __future__ import annotations

import base64
import functools
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE = 12


class Unreadable(Exception):
    """A stored value that no key of the ring opens: never shown, never overwritten."""


@functools.cache
def _ring() -> dict[str, AESGCM]:
    return {name: AESGCM(key) for name, key in settings.FIELD_KEYS}


def encrypt_bytes(plain: bytes, *, bound_to: str) -> bytes:
    """`id` + `:` + nonce + ciphertext under the newest key, bound to the column (or purpose) that it is for."""
    name = settings.FIELD_KEYS[0][0]
    nonce = os.urandom(NONCE)
    return name.encode() + b":" + nonce + _ring()[name].encrypt(nonce, plain, bound_to.encode())


def decrypt_bytes(stored: bytes, *, bound_to: str) -> bytes:
    """The plain bytes, or `Unreadable`."""
    name, _, sealed = stored.partition(b":")
    box = _ring().get(name.decode("ascii", "replace"))
    if box is None:
        raise Unreadable("no key of the ring fits")
    try:
        return box.decrypt(sealed[:NONCE], sealed[NONCE:], bound_to.encode())
    except InvalidTag as error:
        raise Unreadable("the value was altered or belongs elsewhere") from error


def newest_key() -> str:
    """The id of the key that encrypts today."""
    return settings.FIELD_KEYS[0][0]


def key_of(stored: bytes) -> str:
    """The id of the key under which a stored value was encrypted; that of a file in portions ends with a tilde."""
    return stored.partition(b":")[0].decode("ascii", "replace").removesuffix("~")


def encrypt(plain: str, *, bound_to: str) -> str:
    """Text to ciphertext in base64, for a column."""
    return base64.b64encode(encrypt_bytes(plain.encode(), bound_to=bound_to)).decode()


def decrypt(stored: str, *, bound_to: str) -> str:
    """Ciphertext of a column to text, or `Unreadable`."""
    return decrypt_bytes(base64.b64decode(stored), bound_to=bound_to).decode()


def blind_index(kind: str, value: str) -> str:
    """The keyed hash (HMAC-SHA256, hex) under which an encrypted value is found; useless without the key."""
    return hmac.digest(settings.INDEX_KEY, f"{kind}|{value}".encode(), "sha256").hex()
