"""What a certificate will say, as the register holds it today, and the keyed hash by which a change is noticed."""

from __future__ import annotations

import json

from certificates.models import Certificate
from kupasi.people.crypto import blind_index
from kupasi.people.models import IdentityDocument


def copy_facts(certificate: Certificate) -> None:
    """Write today's facts into a certificate; they are fixed once it has a number."""
    occupation = certificate.occupation
    certificate.title, certificate.level = occupation.certificate_title, occupation.level
    certificate.direction = occupation.direction
    certificate.name = certificate.candidate.name
    certificate.document = IdentityDocument.objects.get(candidate=certificate.candidate, is_primary=True)
    certificate.photo = certificate.entry.photo


def facts_hash(certificate: Certificate, *, document: IdentityDocument | None = None) -> str:
    """A keyed hash over what `copy_facts` would write; `document` is the primary one where it is at hand."""
    occupation, person, photo = certificate.occupation, certificate.candidate, certificate.entry.photo
    shown = document or IdentityDocument.objects.get(candidate=person, is_primary=True)
    said = [
        certificate.entry_id,
        occupation.code,
        occupation.certificate_title,
        occupation.level,
        occupation.direction,
        person.name,
        shown.kind,
        shown.number,
        photo.sha256 if photo else "",
    ]
    return blind_index("certificate-facts", json.dumps(said, ensure_ascii=False))
