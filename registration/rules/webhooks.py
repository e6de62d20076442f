"""Where a webhook may lead, and how what is sent there is signed: pure, tested without a network."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from kupasi.refusals import RefusalFact

CLAUSE = "接口说明"
LONGEST = 300
NOT_PUBLIC = "这个地址不在公网上，推送到不了。请填写从外网能访问的域名。"
OWN_NAMES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
BACK_OFF = (60, 300, 1800, 7200, 43200)  # seconds between one try and the next


def judge_address(url: str, *, in_rehearsal: bool) -> RefusalFact | None:
    """`bad_address` unless it is https with a host, the usual port and no account in it; http in rehearsals only.

    `private_address` where the host itself says that it is not on the open internet; what a name leads to is judged
    when something is sent.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return _refused()
    schemes = ("https", "http") if in_rehearsal else ("https",)
    fits = parts.scheme in schemes and host and not parts.username and not parts.password and not parts.fragment
    usual = in_rehearsal or port in (None, 443)
    plain = len(url) <= LONGEST and url.isascii() and url.isprintable() and " " not in url
    if not (fits and usual and plain):
        return _refused()
    return None if in_rehearsal or not says_private(host) else RefusalFact("private_address", NOT_PUBLIC, CLAUSE)


def says_private(host: str) -> bool:
    """Whether a host is written as an address that is not public, or as a name that never leaves one's own network."""
    plain = host.rstrip(".").lower()
    if plain == "localhost" or plain.endswith(OWN_NAMES):
        return True
    try:
        ipaddress.ip_address(plain.partition("%")[0])
    except ValueError:
        return False
    return not is_public(plain)


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet: not private, loopback, link-local, multicast or reserved."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    if mapped is not None:
        ip = mapped
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def all_public(addresses: Iterable[str]) -> bool:
    """Whether there are addresses and every one of them is public: one private among them refuses all."""
    listed = list(addresses)
    return bool(listed) and all(is_public(one) for one in listed)


def signature(secret: str, *, timestamp: int, body: bytes) -> str:
    """`v1=` and the HMAC-SHA256 over `timestamp.body`: whoever checks it also knows how old the message is."""
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"v1={signed}"


def wait_after(tries: int) -> int | None:
    """Seconds until the next try after so many; None when it is given up."""
    return BACK_OFF[tries - 1] if tries <= len(BACK_OFF) else None


def _refused() -> RefusalFact:
    message = "请填写以 https:// 开头的公网地址，不带用户名、密码，使用 443 端口。"
    return RefusalFact("bad_address", message, CLAUSE)
