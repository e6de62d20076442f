"""Handing certificates over, once, on the right papers (通知 五; rules X4)."""

from __future__ import annotations

from django.db import transaction

from certificates.enums import CertificateStatus, Collector
from certificates.models import Handover
from certificates.rules import judge_handover, parse_certificate_number
from exams.services.results import marks_behind
from kupasi.acts import Act
from kupasi.errors import Refusal
from kupasi.people.rules import judge_name

from . import letters, statements
from .register import lock, move_to

CLAUSE = "通知 五"


@transaction.atomic
def hand_over(
    certificate_id: int,
    *,
    collector: str,
    document_seen: bool,
    proxy_name: str = "",
    proxy_document_seen: bool = False,
    letter_seen: bool = False,
    by: Act,
) -> Handover:
    """Record that a certificate was handed over: in person, to a proxy with both documents and a letter, or in a group.

    Repeating it for the same collector returns what is there. Refuses with `already_collected`, `wrong_status`,
    `document_missing`, `proxy_papers_missing`, `proxy_name_missing`, `result_held` while a case holds a mark that the
    certificate rests on.
    """
    certificate = lock(certificate_id)
    name = _proxy_name(proxy_name) if collector == Collector.PROXY else ""
    done = Handover.objects.filter(certificate=certificate).first()
    if done is not None:
        return _same(done, collector=collector, proxy_name=name)
    if certificate.status != CertificateStatus.ISSUED or not certificate.sha256:
        words = CertificateStatus(certificate.status).label
        raise Refusal("wrong_status", f"这张证书现在是“{words}”，不能办理领取。", CLAUSE)
    if marks_behind(certificate.entry_id).filter(is_held=True).exists():
        raise Refusal("result_held", "有违纪记录正在处理，证书暂缓领取，处理完毕后再办理。", "须知 末段")
    fact = judge_handover(
        collector, document_seen=document_seen, proxy_document_seen=proxy_document_seen, letter_seen=letter_seen
    )
    if fact is not None:
        raise Refusal.from_fact(fact)
    handover = Handover.objects.create(
        certificate=certificate,
        collector=collector,
        proxy_name=name,
        proxy_document_seen=proxy_document_seen,
        letter_seen=letter_seen,
        document_seen=document_seen,
        handed_at=by.at,
        handed_by=by.person,
    )
    move_to(certificate, CertificateStatus.COLLECTED, by=by, action="certificate.handed_over", reason=collector)
    letters.handed_over(certificate, collector=collector, by=by)
    return handover


def number_of(scanned: str) -> str:
    """The number in what was typed or scanned: a number as such, or the address in a certificate's QR code; or ''."""
    text = scanned.strip()
    parts = parse_certificate_number(text)
    if parts is not None:
        return text.upper()
    statement = statements.read(text.rstrip("/").rpartition("/")[2])
    return statement.number if statement else ""


def _proxy_name(name: str) -> str:
    answer = judge_name(name)
    if not answer.valid:
        raise Refusal("proxy_name_missing", "请按证件填写代领人姓名。", CLAUSE)
    return answer.normalized


def _same(done: Handover, *, collector: str, proxy_name: str) -> Handover:
    if (done.collector, done.proxy_name) == (collector, proxy_name):
        return done
    raise Refusal("already_collected", f"这张证书已于 {done.handed_at:%Y-%m-%d} 领取，不能再次交付。", CLAUSE)
