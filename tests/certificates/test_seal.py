"""The seal on a certificate's PDF: it holds offline, and not one byte more or less (rules X3)."""

from __future__ import annotations

import asyncio
import io
import random
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from certificates.services import papers
from kupasi import seals

from .made import issued

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


def content_of_one() -> bytes:
    certificate = issued(name="张三丰")
    with certificate.file.open() as file:
        return bytes(file.read())


def a_seal_of_rsa(path: Path) -> bytes:
    """A key of somebody's own with its certificate, as one PEM file; returns the certificate."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A house of its own")])
    days = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC))
    made = x509.CertificateBuilder(name, name, key.public_key(), 7, *days)
    made = made.add_extension(seals._usage(), critical=True)
    certificate = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    plain = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(secret + certificate)
    return certificate


def test_an_archived_certificate_holds_its_seal() -> None:
    assert seals.holds(content_of_one())


def test_a_seal_is_put_on_and_checked_where_an_event_loop_runs() -> None:
    bare = papers.draw(issued(name="张三丰"))

    async def within() -> bool:
        return seals.holds(seals.put_on(bare, reason="发证"))

    assert asyncio.run(within())


def test_one_flipped_byte_breaks_the_seal() -> None:
    content, draw = content_of_one(), random.Random(11)
    held = []
    for _ in range(40):
        spoiled = bytearray(content)
        spoiled[draw.randrange(len(spoiled))] ^= 1 << draw.randrange(8)
        held.append(seals.holds(bytes(spoiled)))
    assert sum(held) <= 2  # a bit of the room that is kept empty behind the signature belongs to nobody
    spoiled = bytearray(content)
    spoiled[len(content) // 3] ^= 1
    assert not seals.holds(bytes(spoiled))


def test_what_was_added_or_taken_away_breaks_the_seal() -> None:
    content = content_of_one()
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as paper:
        paper.docinfo["/Title"] = "另一张"
        paper.save(out)
    for changed in (out.getvalue(), content + b"\n%more", content[:-200], b"", b"%PDF-1.7"):
        assert not seals.holds(changed)


def test_without_the_seal_a_change_would_not_be_seen() -> None:
    certificate = issued(name="张三丰")
    bare = papers.draw(certificate)
    assert not seals.holds(bare)
    with pikepdf.open(io.BytesIO(bare)) as paper:
        assert len(paper.pages) == 1


def test_the_self_made_seal_is_the_same_at_every_start() -> None:
    first, again, other = (seals.of_house(seed) for seed in (b"a" * 32, b"a" * 32, b"b" * 32))
    assert first.pem == again.pem
    assert first.pem != other.pem


def test_production_brings_its_own_seal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "seal.pem"
    certificate = a_seal_of_rsa(path)
    own = seals.of_file(path)
    monkeypatch.setattr(seals, "seal", lambda: own)
    seals._signer.cache_clear()
    content = content_of_one()
    assert own.pem == certificate
    assert seals.holds(content)
    monkeypatch.undo()
    seals._signer.cache_clear()
    assert not seals.holds(content)


@pytest.mark.parametrize(
    "content", [b"", b"nothing", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_faulty_seal_is_refused_and_not_repeated(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "seal.pem"
    path.write_bytes(content)
    with pytest.raises(ImproperlyConfigured) as refused:
        seals.of_file(path)
    assert "AAAA" not in str(refused.value)


def test_a_key_with_a_foreign_certificate_is_refused(tmp_path: Path) -> None:
    one, other = tmp_path / "one.pem", tmp_path / "other.pem"
    a_seal_of_rsa(one)
    foreign = a_seal_of_rsa(other)
    secret = one.read_bytes().partition(b"-----BEGIN CERTIFICATE")[0]
    one.write_bytes(secret + foreign)
    with pytest.raises(ImproperlyConfigured):
        seals.of_file(one)


def test_the_certificate_of_the_seal_is_public(client: Client) -> None:
    answer = client.get("/certificates/seal.pem")
    assert answer.content == seals.seal().pem
    assert b"PRIVATE" not in answer.content
