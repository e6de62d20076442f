"""Reprints and voids: asked for by one, approved by a supervisor (rules X3, X6; matrix cert.reissue, cert.revoke)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from certificates.enums import CertificateStatus
from certificates.models import Certificate
from certificates.services import register
from kupasi.approvals.kinds import Granted, Kind, Line, Payload

S = CertificateStatus


def in_force(user: Any) -> QuerySet[Certificate]:
    """Certificates on paper that a person may see."""
    return Certificate.objects.visible_to(user).on_paper()


def not_void(user: Any) -> QuerySet[Certificate]:
    """Certificates that can be made void."""
    return Certificate.objects.visible_to(user).exclude(status=S.VOID)


def _page(pk: Any, user: Any) -> str:
    return reverse("admin:certificates_certificate_page", args=[pk]) if user.is_staff else ""


def _holder(pk: Any) -> int | None:
    return Certificate.objects.values_list("candidate__user", flat=True).get(pk=pk)


def _state(certificate: Certificate, given: Payload) -> Payload:
    return {"status": certificate.status, "prints": certificate.prints, "number": certificate.number}


def _reprint_lines(certificate: Certificate, given: Payload) -> list[Line]:
    times = f"第 {certificate.prints} 次印制"
    return [
        Line("证书编号", certificate.number or "", f"{certificate.number}（不变）"),
        Line("印制", times, f"第 {certificate.prints + 1} 次，注明补发"),
    ]


def _reprint(granted: Granted) -> object:
    seen = granted.about.prints
    return register.reprint(granted.about.pk, reason=granted.reason, after_prints=seen, by=granted.by)


KINDS = [
    Kind(
        "certificate_reprint",
        "补发证书",
        "cert.reissue",
        Certificate,
        in_force,
        _state,
        _reprint_lines,
        _reprint,
        hint="编号不变，证书上注明补发。",
        clause="本单位规定：证书样式与补发",
        rehearse=False,
        lock=register.lock,
        subject=_holder,
        url=_page,
    ),
    Kind(
        "certificate_void",
        "作废证书",
        "cert.revoke",
        Certificate,
        not_void,
        _state,
        lambda certificate, given: [Line("状态", S(certificate.status).label, S.VOID.label)],
        lambda granted: register.void(granted.about.pk, reason=granted.reason, by=granted.by),
        hint="批准后立即生效，公众查验随即显示已作废；记录和编号永久保留。理由请写明事实和依据。",
        clause="须知 末段",
        lock=register.lock,
        subject=_holder,
        url=_page,
    ),
]
