"""Short signed words for QR codes: Ed25519 over a purpose and a payload, checkable offline with the public key."""

from __future__ import annotations

import base64
import functools

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

SIGNATURE = 64


class Forged(Exception):
    """A token that this house did not sign for this purpose."""


@functools.cache
def _private() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(settings.SIGNING_KEY)


def public_key() -> bytes:
    """The 32 raw bytes with which anybody checks a token."""
    return _private().public_key().public_bytes_raw()


def sign(purpose: str, payload: bytes) -> str:
    """A token (URL-safe base64, no padding) that holds the payload and its signature, good for one purpose only."""
    return _text(payload + _private().sign(_words(purpose, payload)))


def verify(purpose: str, token: str, *, key: bytes | None = None) -> bytes:
    """The payload of a token signed for this purpose, or `Forged`. `key` is another public key than our own."""
    public = Ed25519PublicKey.from_public_bytes(key) if key is not None else _private().public_key()
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        if _text(raw) != token:  # a second spelling of the same bytes is not what was printed
            raise ValueError("not canonical")
        payload, signature = raw[:-SIGNATURE], raw[-SIGNATURE:]
        public.verify(signature, _words(purpose, payload))
    except (ValueError, InvalidSignature) as error:
        raise Forged("not signed for this purpose") from error
    return payload


def _words(purpose: str, payload: bytes) -> bytes:
    """What is signed: the purpose comes first, so that a token for one thing never passes for another."""
    return b"kupasi\x00" + purpose.encode() + b"\x00" + payload


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
