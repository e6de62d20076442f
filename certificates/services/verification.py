"""What a stranger is told about a certificate: by number and name, or by scanning (rules X5)."""

from __future__ import annotations

import hmac
import unicodedata
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from certificates.models import Certificate
from certificates.rules import (
    CertificateFact,
    Verification,
    VerificationAnswer,
    parse_certificate_number,
    verify_by_name,
    verify_by_scan,
    verify_forged,
)
from kupasi.people.masking import mask_name
from kupasi.people.rules import normalize_name

from . import statements

NO_NUMBER = "-"


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer as it is shown: never a document number, a mark, a photo, or the reason of a void."""

    status: Verification
    message: str
    name: str = ""
    occupation: str = ""
    level: str = ""
    title: str = ""
    direction: str = ""
    number: str = ""
    issued_on: date | None = None
    voided_on: date | None = None
    is_sample: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The shape of the HTTP contract: a status and a message, and whatever may be told beside them."""
        return {key: value for key, value in asdict(self).items() if value not in ("", None, False)}


def by_name(number: str, name: str) -> Shown:
    """The answer to a number and a name.

    An unknown number, a wrong name and a malformed number take the same way, one query, and get the same answer.
    """
    typed = "".join(unicodedata.normalize("NFKC", number).split()).upper()  # full width, or in groups of four
    found = _find(typed if parse_certificate_number(typed) else NO_NUMBER)
    given = normalize_name(name)
    matches = hmac.compare_digest((found.name if found else "").encode(), given.encode("utf-8", "replace"))
    fact = _fact(found) if found and matches else None
    return _show(verify_by_name(fact, given), found)


def by_token(token: str) -> Shown:
    """The answer to a scanned code: signed by this house, and the very one that the register holds."""
    statement = statements.read(token)
    found = _find(statement.number if statement else NO_NUMBER)
    if statement is None:
        return _show(verify_forged(), None)
    same = found is not None and hmac.compare_digest(found.statement.encode(), token.encode("utf-8", "replace"))
    return _show(verify_by_scan(_fact(found) if found and same else None), found)


def _find(number: str) -> Certificate | None:
    return Certificate.objects.public().select_related("occupation").filter(number=number).first()


def _fact(certificate: Certificate) -> CertificateFact:
    return CertificateFact(certificate.status, certificate.name, certificate.voided_on)


def _show(answer: VerificationAnswer, certificate: Certificate | None) -> Shown:
    if certificate is None or answer.status == "unknown":
        return Shown("unknown", answer.message)
    return Shown(
        answer.status,
        answer.message,
        name=mask_name(certificate.name),
        occupation=str(certificate.occupation),
        level=certificate.level,
        title=certificate.title,
        direction=certificate.direction or NO_NUMBER * 2,
        number=certificate.number or "",
        issued_on=certificate.issued_on,
        voided_on=answer.voided_on,
        is_sample=certificate.is_sample,
    )
