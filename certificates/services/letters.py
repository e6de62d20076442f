"""What the holder is told (通知 五)."""

from __future__ import annotations

from django.urls import reverse

from certificates.enums import Collector
from certificates.models import Certificate
from exams.services.settings import office_facts
from kupasi.acts import Act
from kupasi.notices.services import queue

COLLECTED_BY = {Collector.SELF: "本人", Collector.PROXY: "代领人", Collector.INSTITUTION: "报名机构"}


def issued(certificate: Certificate, *, by: Act) -> None:
    """The certificate is ready: where, when and with what it is collected."""
    office = office_facts()
    body = (
        f"您的{certificate.occupation}证书已制成，编号 {certificate.number}。\n"
        f"请本人带身份证件到业务受理点领取：{office.address}，{office.hours_words}。"
        "由他人代领的，须带双方身份证件和您签名的委托书；由学校或培训机构报名的，由机构统一领取（依据：通知 五）。"
    )
    _tell(certificate, "issued", "证书可以领取了", body, by=by)


def handed_over(certificate: Certificate, *, collector: str, by: Act) -> None:
    """The certificate was collected; whoever did not do it should say so at once."""
    who, phone = COLLECTED_BY[Collector(collector)], office_facts().phone
    body = f"您的{certificate.occupation}证书（编号 {certificate.number}）已由{who}领取。如有疑问，请尽快致电 {phone}。"
    _tell(certificate, "handed-over", "证书已领取", body, by=by)


def reprinted(certificate: Certificate, *, by: Act) -> None:
    """A copy was printed under the same number."""
    body = f"您的{certificate.occupation}证书已补发，编号不变（{certificate.number}）。请带身份证件到业务受理点领取。"
    _tell(certificate, f"reprinted-{certificate.prints}", "证书已补发", body, by=by)


def corrected(certificate: Certificate, *, by: Act) -> None:
    """The old one is void because a new one with the corrected facts takes its place."""
    body = (
        f"您的{certificate.occupation}证书（编号 {certificate.number}）因资料更正换发，"
        f"旧证书自 {by.on:%Y-%m-%d} 起作废。\n"
        "新证书会使用新的编号，制成后会通知您领取；领取时请交回旧证书。"
    )
    _tell(certificate, "corrected", "证书更正换发", body, by=by)


def voided(certificate: Certificate, *, by: Act) -> None:
    """The certificate is void; the reason is not put into a letter that others may read."""
    named = f"（编号 {certificate.number}）" if certificate.number else ""
    body = (
        f"您的{certificate.occupation}证书{named}自 {by.on:%Y-%m-%d} 起作废。\n"
        f"处理的依据和理由请到业务受理点查阅，或致电 {office_facts().phone}；对处理有异议的，可以按规定申请复核。"
    )
    _tell(certificate, "voided", "证书已作废", body, by=by)


def _tell(certificate: Certificate, what: str, subject: str, body: str, *, by: Act) -> None:
    queue(
        by,
        key=f"certificate-{what}:{certificate.pk}",
        kind=f"certificate_{what.partition('-')[0]}",
        subject=subject,
        body=body,
        candidate=certificate.candidate,
        url=reverse("my-certificates"),
        about=certificate,
    )
