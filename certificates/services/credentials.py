"""A certificate as a W3C Verifiable Credential 2.0, and the status list that says which ones are void."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, QuerySet, Sum
from django.urls import reverse

from certificates.enums import CertificateStatus
from certificates.models import Certificate
from exams.services.settings import office_facts
from kupasi.clock import SHANGHAI
from kupasi.credentials import ENTRIES, encoded_list, key, multikey, prove

from . import statements
from .statements import FRESH

CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/undefined-terms/v2"]
KIND = "application/vc"
Document = dict[str, Any]


def credential(certificate: Certificate, *, at: datetime) -> Document:
    """The holder's own credential, signed now: what the paper says but the document's number."""
    assert certificate.issued_on is not None
    block, index = divmod(certificate.pk, ENTRIES)
    status_list = _address("certificate-status-list", block)
    subject: Document = {
        "type": "Person",
        "name": certificate.name,
        "certificateNumber": certificate.number,
        "occupation": certificate.occupation.name,
        "level": certificate.level,
    }
    if certificate.direction:
        subject["direction"] = certificate.direction
    document: Document = {
        "@context": CONTEXT,
        "id": statements.scan_address(certificate.statement),
        "type": ["VerifiableCredential", "VocationalSkillCertificate"],
        "name": certificate.title + ("（样本）" if certificate.is_sample else ""),
        "issuer": {"id": issuer(), "name": office_facts().name},
        "validFrom": datetime.combine(certificate.issued_on, time(), SHANGHAI).isoformat(),
        "credentialSubject": subject,
        "credentialStatus": {
            "id": f"{status_list}#{index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(index),
            "statusListCredential": status_list,
        },
    }
    return prove(document, method=_method(), at=at)


def status_list(block: int, *, at: datetime) -> Document:
    """The signed list of one block of certificates; a void shows at once."""
    rows = Certificate.objects.filter(
        status=CertificateStatus.VOID, pk__gte=block * ENTRIES, pk__lt=(block + 1) * ENTRIES
    ).order_by("status", "pk")
    facts = rows.aggregate(count=Count("pk"), sum=Sum("pk"))
    slot = f"certificate-vc-status:{block}:{facts['count']}:{facts['sum']}:{int(at.timestamp()) // FRESH}"
    found = cache.get_or_set(slot, lambda: _signed_list(block, rows, at=at), FRESH)
    assert found is not None
    return dict(found)


def controller() -> Document:
    """The controller document of the issuer: its address and the key of its proofs."""
    method = {"id": _method(), "type": "Multikey", "controller": issuer(), "publicKeyMultibase": _multikey()}
    return {
        "@context": ["https://www.w3.org/ns/cid/v1"],
        "id": issuer(),
        "verificationMethod": [method],
        "assertionMethod": [_method()],
    }


def issuer() -> str:
    """The address by which this house is named as an issuer."""
    return _address("certificate-issuer")


def _signed_list(block: int, rows: QuerySet[Certificate], *, at: datetime) -> Document:
    address = _address("certificate-status-list", block)
    document: Document = {
        "@context": CONTEXT[:1],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer(),
        "validFrom": at.isoformat(timespec="seconds"),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encoded_list(pk % ENTRIES for pk in rows.values_list("pk", flat=True)),
        },
    }
    return prove(document, method=_method(), at=at)


def _address(name: str, *args: int) -> str:
    return f"{settings.SITE_URL}{reverse(name, args=args)}"


def _multikey() -> str:
    return multikey(key().public_key())


def _method() -> str:
    return f"{issuer()}#{_multikey()}"
