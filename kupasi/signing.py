"""Short signed words for QR codes: Ed25519 over a purpose and a payload, checkable offline with the public key."""

from __future__ import annotations

import base64
import functools
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
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


def public_keys() -> list[bytes]:
    """Every public key whose signatures are this house's: its own first, then those before it."""
    own = public_key()
    return [own, *(one for one in settings.OLD_SIGNING_KEYS if one != own)]


def sign(purpose: str, payload: bytes) -> str:
    """A token (URL-safe base64, no padding) that holds the payload and its signature, good for one purpose only."""
    return _text(payload + signature(purpose, payload))


def signature(purpose: str, payload: bytes) -> bytes:
    """The bare 64 bytes of a signature over `prefix` and payload, for files that common tools check."""
    return _private().sign(prefix(purpose) + payload)


def public_pem() -> bytes:
    """The public key as a PEM file."""
    shape = serialization.PublicFormat.SubjectPublicKeyInfo
    return _private().public_key().public_bytes(serialization.Encoding.PEM, shape)


def fingerprint() -> str:
    """The SHA-256 of the public key in groups of eight, to be compared by eye or over the phone."""
    text = hashlib.sha256(public_key()).hexdigest()
    return " ".join(text[at : at + 8] for at in range(0, len(text), 8))


def verify(purpose: str, token: str, *, key: bytes | None = None) -> bytes:
    """The payload of a token signed for this purpose, or `Forged`. `key` is another public key than our own ones."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        if _text(raw) != token:  # a second spelling of the same bytes is not what was printed
            raise ValueError("not canonical")
        payload, signed = raw[:-SIGNATURE], raw[-SIGNATURE:]
    except ValueError as error:
        raise Forged("not signed for this purpose") from error
    if not any(_fits(one, signed, prefix(purpose) + payload) for one in (public_keys() if key is None else [key])):
        raise Forged("not signed for this purpose")
    return payload


def _fits(key: bytes, signed: bytes, words: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signed, words)
    except (ValueError, InvalidSignature):
        return False
    return True


def prefix(purpose: str) -> bytes:
    """What a payload is signed behind: the purpose, so that a signature for one thing never passes for another."""
    return b"kupasi\x00" + purpose.encode() + b"\x00"


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
