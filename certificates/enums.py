"""Choices about certificates."""

from __future__ import annotations

from kupasi.people.enums import Choice


class CertificateStatus(Choice):
    """waiting (qualified, no number yet) → issued → handed over; void is kept for ever (rules X1, X6)."""

    WAITING = "waiting", "待编号"
    ISSUED = "issued", "待领取"
    COLLECTED = "collected", "已领取"
    VOID = "void", "已作废"


class Collector(Choice):
    """Who collects (通知 五)."""

    SELF = "self", "本人"
    PROXY = "proxy", "代领"
    INSTITUTION = "institution", "机构统一领取"


CERTIFICATE_NEXT: dict[CertificateStatus, set[CertificateStatus]] = {
    CertificateStatus.WAITING: {CertificateStatus.ISSUED, CertificateStatus.VOID},
    CertificateStatus.ISSUED: {CertificateStatus.COLLECTED, CertificateStatus.VOID},
    CertificateStatus.COLLECTED: {CertificateStatus.VOID},
    CertificateStatus.VOID: set(),
}


class RegisterContent(Choice):
    """What a file for a register outside holds (rules M7)."""

    CERTIFICATES = "certificates", "证书"
    RESULTS = "results", "成绩"
