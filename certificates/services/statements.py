"""What the QR code states, signed with Ed25519, and the lists with which anybody checks it offline (rules X5)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import rfc8785
from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, QuerySet, Sum
from django.urls import reverse

from certificates.enums import CertificateStatus
from certificates.models import Certificate
from kupasi import signing

PURPOSE = "certificate"
LIST_PURPOSE = "certificate-status"
VERSION = 1
SALT_BYTES = 12
HASH_BYTES = 16
LONGEST_TOKEN = 600
FRESH = 300  # seconds after which an unchanged list is signed with a new time
FORMAT = (
    "token = base64url(payload + 64-byte Ed25519 signature), no padding; "
    "signed bytes = 'kupasi' 00 'certificate' 00 payload; payload = RFC 8785 JSON: v version, n number, "
    "o occupation, d issued on, s salt, h = base64url(first 16 bytes of SHA-256(salt + name in UTF-8)), "
    "t 'sample' on a sample; void when hex SHA-256(payload) is in the status list"
)


@dataclass(frozen=True, slots=True)
class Statement:
    """What a token with a right signature says."""

    number: str
    occupation: str
    issued_on: date


def state(certificate: Certificate) -> str:
    """The signed token of a numbered certificate; a fresh salt keeps the name's hash from being guessed in bulk."""
    assert certificate.number is not None
    assert certificate.issued_on is not None
    salt = secrets.token_bytes(SALT_BYTES)
    words: dict[str, str | int] = {
        "v": VERSION,
        "n": certificate.number,
        "o": certificate.occupation.code,
        "d": certificate.issued_on.isoformat(),
        "s": _text(salt),
        "h": name_hash(certificate.name, salt=salt),
    }
    if certificate.is_sample:
        words["t"] = "sample"
    return signing.sign(PURPOSE, rfc8785.dumps(words))


def read(token: str) -> Statement | None:
    """What a token states, or None when this house did not sign it."""
    try:
        words = json.loads(signing.verify(PURPOSE, token[: LONGEST_TOKEN + 1]))
        return Statement(words["n"], words["o"], date.fromisoformat(words["d"]))
    except (signing.Forged, ValueError, KeyError, TypeError):
        return None


def name_hash(name: str, *, salt: bytes) -> str:
    """The salted hash that binds a name to a token."""
    return _text(hashlib.sha256(salt + name.encode()).digest()[:HASH_BYTES])


def scan_address(token: str) -> str:
    """The address that the QR code leads to; it holds no name and no document number."""
    return f"{settings.SITE_URL}{reverse('verify-scan', args=[token])}"


def keys() -> dict[str, Any]:
    """The public keys as a JSON Web Key set, the present one first, with the format of the tokens in words."""
    return {"keys": [_web_key(raw) for raw in signing.public_keys()], "format": FORMAT}


def _web_key(raw: bytes) -> dict[str, str]:
    kid = hashlib.sha256(raw).hexdigest()[:16]
    return {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": kid, "x": _text(raw)}


def status_list(*, at: datetime) -> dict[str, Any]:
    """The void certificates, each as the hash of its own token's payload, signed as one statement.

    Only somebody who holds a certificate's token can find it in the list: the salt keeps numbers from being guessed.
    It is signed anew when a certificate becomes void, so a void shows at once, and every `FRESH` seconds.
    """
    rows = (
        Certificate.objects.public()
        .filter(status=CertificateStatus.VOID)
        .exclude(statement="")
        .order_by("status", "pk")
    )
    facts = rows.aggregate(count=Count("pk"), sum=Sum("pk"))
    key = f"certificate-status:{facts['count']}:{facts['sum']}:{int(at.timestamp()) // FRESH}"
    found = cache.get_or_set(key, lambda: _signed_list(rows, at=at), FRESH)
    assert found is not None
    return dict(found)


def _signed_list(rows: QuerySet[Certificate], *, at: datetime) -> dict[str, Any]:
    hashes = sorted(payload_hash(token) for token in rows.values_list("statement", flat=True))
    body: dict[str, Any] = {"v": VERSION, "at": at.isoformat(timespec="seconds"), "void": hashes}
    return body | {"token": signing.sign(LIST_PURPOSE, rfc8785.dumps(body))}


def payload_hash(token: str) -> str:
    """The hex SHA-256 of what a token states, its signature left out; ValueError for text that is no token."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not a token") from error
    return hashlib.sha256(raw[: -signing.SIGNATURE]).hexdigest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
