"""Proofs of W3C Verifiable Credentials (Data Integrity, eddsa-jcs-2022) and Bitstring Status Lists.

The key is derived from the signing key for this one purpose, so that no proof can pass for a token of this house.
"""

from __future__ import annotations

import base64
import functools
import gzip
import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
ED25519_PUB = b"\xed\x01"  # the multicodec prefix of an Ed25519 public key
SUITE = "eddsa-jcs-2022"
ENTRIES = 131_072  # the least length of a status list, so that one entry hides among many
Document = dict[str, Any]


@functools.cache
def key() -> Ed25519PrivateKey:
    """The private key of this house's credentials."""
    derive = HKDF(hashes.SHA256(), length=32, salt=None, info=b"kupasi verifiable credentials")
    return Ed25519PrivateKey.from_private_bytes(derive.derive(settings.SIGNING_KEY))


def multikey(public: Ed25519PublicKey) -> str:
    """A public key as a Multikey (multibase base58-btc)."""
    return "z" + base58(ED25519_PUB + public.public_bytes_raw())


def prove(document: Document, *, method: str, at: datetime, by: Ed25519PrivateKey | None = None) -> Document:
    """The document with its proof; `method` is the address of the key, `at` the moment of signing."""
    proof: Document = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": at.isoformat(timespec="seconds"),
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
        "@context": document["@context"],
    }
    value = "z" + base58((by or key()).sign(hash_of(document, proof)))
    return document | {"proof": proof | {"proofValue": value}}


def is_proven(secured: Mapping[str, Any], public: Ed25519PublicKey) -> bool:
    """Whether a document carries a right proof of this suite under a public key."""
    proof = dict(secured.get("proof") or {})
    value = str(proof.pop("proofValue", ""))
    document = {name: given for name, given in secured.items() if name != "proof"}
    contexts = proof.get("@context", document.get("@context"))
    right = (proof.get("type"), proof.get("cryptosuite"), proof.get("proofPurpose"))
    if right != ("DataIntegrityProof", SUITE, "assertionMethod") or document.get("@context") != contexts:
        return False
    try:
        public.verify(unbase58(value.removeprefix("z")), hash_of(document, proof))
    except (InvalidSignature, ValueError):
        return False
    return value.startswith("z")


def hash_of(document: Mapping[str, Any], proof: Mapping[str, Any]) -> bytes:
    """What is signed: the hash of the canonical proof options, then that of the canonical document."""
    return b"".join(hashlib.sha256(rfc8785.dumps(dict(one))).digest() for one in (proof, document))


def encoded_list(set_bits: Iterable[int], *, entries: int = ENTRIES) -> str:
    """A status list: its bits, the first one leftmost, gzip, multibase base64url."""
    bits = bytearray(entries // 8)
    for index in set_bits:
        bits[index // 8] |= 0x80 >> index % 8
    return "u" + base64.urlsafe_b64encode(gzip.compress(bytes(bits), mtime=0)).decode().rstrip("=")


def bit_of(encoded: str, index: int) -> bool:
    """One entry of a status list. Raises ValueError for a list that is none, or that is too short."""
    if not encoded.startswith("u"):
        raise ValueError("a status list is multibase base64url")
    packed = base64.b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4), altchars=b"-_", validate=True)
    bits = gzip.decompress(packed)
    if len(bits) * 8 < ENTRIES or not 0 <= index < len(bits) * 8:
        raise ValueError("a status list of fewer entries than it must have")
    return bool(bits[index // 8] & 0x80 >> index % 8)


def base58(raw: bytes) -> str:
    """Bytes in the Bitcoin alphabet."""
    number, text = int.from_bytes(raw), ""
    while number:
        number, rest = divmod(number, 58)
        text = ALPHABET[rest] + text
    return "1" * (len(raw) - len(raw.lstrip(b"\0"))) + text


def unbase58(text: str) -> bytes:
    """The bytes of a text in the Bitcoin alphabet; ValueError for any other text."""
    number = functools.reduce(lambda sum_, char: sum_ * 58 + ALPHABET.index(char), text, 0)
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)
