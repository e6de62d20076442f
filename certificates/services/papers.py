"""The certificate on paper: one A4 page, no marks (rules X3)."""

from __future__ import annotations

import base64
from datetime import date

import segno
from django.conf import settings
from django.urls import reverse

from certificates.models import Certificate
from exams.services.settings import office_facts
from kupasi import pdf

from . import statements

SHEETS = ("certificate.css",)
NO_DIRECTION = "--"


def render(certificate: Certificate, *, reissued_on: date | None = None) -> bytes:
    """The PDF of a numbered certificate; `reissued_on` marks it 补发."""
    context = {
        "certificate": certificate,
        "number": certificate.number,
        "direction": certificate.direction or NO_DIRECTION,
        "document": certificate.document,
        "issuer": office_facts().name,
        "photo": _photo(certificate),
        "qr": _qr(certificate.statement),
        "verify_address": _plain(settings.SITE_URL + reverse("verify")),
        "reissued_on": reissued_on,
    }
    return pdf.render_template("pdf/certificate.html", context, css=SHEETS)


def _photo(certificate: Certificate) -> str:
    if certificate.photo is None:
        return ""
    with certificate.photo.file.open() as file:
        return f"data:image/jpeg;base64,{base64.b64encode(file.read()).decode()}"


def _qr(token: str) -> str:
    code = segno.make(statements.scan_address(token), error="m", micro=False)
    return str(code.svg_data_uri(border=0, dark="#10243d"))


def _plain(address: str) -> str:
    return address.removeprefix("https://").removeprefix("http://")
