"""The house's digital seal on its PDFs (PAdES): a self-made key or the one that production brings."""

from __future__ import annotations

import asyncio
import functools
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from asn1crypto.x509 import Certificate
    from pyhanko.sign.signers import SimpleSigner

T = TypeVar("T")
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256's group
FIELD = "KupasiSeal"
ROOM = 12_288  # bytes kept for the signature: a chain of four certificates fits
HOLDS = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2060, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Seal:
    """A private key and its certificate, the issuers after it."""

    key: CertificateIssuerPrivateKeyTypes
    chain: tuple[x509.Certificate, ...]

    @property
    def pem(self) -> bytes:
        """The certificates, its own first, as anybody may have them."""
        return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in self.chain)


def of_file(path: Path) -> Seal:
    """The seal that production brings: one PEM file with the key (RSA or P-256) and its certificates, own first.

    Raises ImproperlyConfigured, which repeats nothing of the file, when they do not belong together.
    """
    try:
        content = path.read_bytes()
        key = serialization.load_pem_private_key(content, password=None)
        chain = tuple(x509.load_pem_x509_certificates(content))
    except (OSError, ValueError, TypeError) as error:
        raise ImproperlyConfigured("SEAL_FILE: give a PEM file with a private key and its certificates.") from error
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ImproperlyConfigured("SEAL_FILE: the key must be RSA or on an elliptic curve.")
    if key.public_key() != chain[0].public_key():
        raise ImproperlyConfigured("SEAL_FILE: the first certificate is not the key's own.")
    return Seal(key, chain)


def of_house(seed: bytes) -> Seal:
    """The self-made seal: key and certificate follow from the signing key, so that nothing more has to be kept."""
    raw = HKDF(hashes.SHA256(), length=48, salt=None, info=b"kupasi seal P-256").derive(seed)
    key = ec.derive_private_key(int.from_bytes(raw) % (ORDER - 1) + 1, ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Kupasi self-made seal")])
    digest = hashes.Hash(hashes.SHA256())
    digest.update(raw)
    builder = x509.CertificateBuilder(name, name, key.public_key(), int.from_bytes(digest.finalize()[:16]) | 1)
    builder = builder.not_valid_before(HOLDS[0]).not_valid_after(HOLDS[1])
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    return Seal(
        key, (builder.add_extension(_usage(), critical=True).sign(key, hashes.SHA256(), ecdsa_deterministic=True),)
    )


@functools.cache
def seal() -> Seal:
    """The seal of this install: what `SEAL_FILE` names, or the self-made one."""
    return of_file(Path(settings.SEAL_FILE)) if settings.SEAL_FILE else of_house(settings.SIGNING_KEY)


def put_on(content: bytes, *, reason: str) -> bytes:
    """The PDF with the seal: a certifying PAdES signature over the whole file, after which no change is allowed."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    meta = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        reason=reason,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    out = io.BytesIO()
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    signer = signers.PdfSigner(meta, _signer())
    _apart(lambda: signer.sign_pdf(writer, output=out, bytes_reserved=ROOM))
    return out.getvalue()


def holds(content: bytes) -> bool:
    """Whether a PDF carries this house's seal and has not changed since; asks nobody over the network."""
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    chain = [_asn1(one) for one in seal().chain]
    context = ValidationContext(trust_roots=chain[-1:], other_certs=chain, allow_fetching=False)
    try:
        (found,) = PdfFileReader(io.BytesIO(content)).embedded_signatures
        answer = _apart(lambda: validate_pdf_signature(found, context))
    except (PdfError, ValueError, LookupError, TypeError, AttributeError):
        return False
    _, _, last, length = map(int, found.byte_range)
    whole = last + length == len(content)
    return bool(answer.bottom_line) and whole and found.signer_cert.dump() == chain[0].dump()


def _apart(work: Callable[[], T]) -> T:
    """Do what starts an event loop of its own; where one runs in this thread already, in another thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return work()
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


@functools.cache
def _signer() -> SimpleSigner:
    from asn1crypto.keys import PrivateKeyInfo
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    plain = serialization.NoEncryption()
    key = seal().key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, plain)
    chain = [_asn1(one) for one in seal().chain]
    return SimpleSigner(
        signing_cert=chain[0],
        signing_key=PrivateKeyInfo.load(key),
        cert_registry=SimpleCertificateStore.from_certs(chain),
    )


def _asn1(certificate: x509.Certificate) -> Certificate:
    from asn1crypto.x509 import Certificate

    return Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def _usage() -> x509.KeyUsage:
    """To sign, and for nothing else."""
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
