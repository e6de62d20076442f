"""What can stand in a file for a register outside: certificates and results as plain text."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db.models import Q, QuerySet

from certificates.enums import CertificateStatus, RegisterContent
from certificates.models import Certificate, RegisterExport, RegisterLine, RegisterMapping
from certificates.models.registers import LineQuerySet
from exams.models import Mark
from kupasi.dates import local_day
from kupasi.people.models import IdentityDocument

SOURCES: dict[str, dict[str, str]] = {
    RegisterContent.CERTIFICATES: {
        "number": "证书编号",
        "name": "姓名",
        "document_kind": "证件类型",
        "document_number": "证件号码",
        "occupation": "职业名称",
        "occupation_code": "职业代码",
        "level": "等级",
        "direction": "职业方向",
        "issued_on": "发证日期",
        "status": "状态（valid、void）",
        "voided_on": "作废日期",
    },
    RegisterContent.RESULTS: {
        "ticket": "准考证号",
        "name": "姓名",
        "document_kind": "证件类型",
        "document_number": "证件号码",
        "occupation": "职业名称",
        "subject": "科目",
        "value": "成绩",
        "status": "状态（normal、absent、cancelled）",
        "published_on": "公布日期",
    },
}
"""The sources of each content, with their words."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line: its texts by source, what it is about, and how that stands."""

    facts: dict[str, str]
    state: str
    certificate_id: int | None = None
    mark_id: int | None = None
    value: Decimal | None = None


def rows_for(mapping: RegisterMapping, *, export: RegisterExport | None = None, sent: bool = False) -> list[Row]:
    """What a register is to be told now; or what is in an `export`, or was `sent` to it, as it stands today."""
    if mapping.content == RegisterContent.CERTIFICATES:
        wanted = _wanted("certificate", mapping, export=export, sent=sent)
        return [_certificate(one) for one in _certificates(mapping).filter(wanted)]
    marks = Mark.objects.published().filter(_wanted("mark", mapping, export=export, sent=sent), is_held=False)
    related = ("seat__subject__occupation", "seat__entry__candidate", "seat__entry__ticket", "publication")
    found = list(marks.select_related(*related).order_by("pk"))
    people = {one.seat.entry.candidate_id for one in found}
    primary = IdentityDocument.objects.filter(candidate__in=people, is_primary=True)
    documents = {one.candidate_id: one for one in primary}
    return [_mark(one, documents[one.seat.entry.candidate_id]) for one in found]


def _certificates(mapping: RegisterMapping) -> QuerySet[Certificate]:
    """Certificates that the register may be told of: no samples but in a demonstration, no void one it never knew."""
    known = _standing(mapping).values("certificate")
    rows = Certificate.objects.public().filter(~Q(status=CertificateStatus.VOID) | Q(pk__in=known))
    if not settings.DEMO:
        rows = rows.filter(is_sample=False)
    return rows.exclude(statement="").select_related("occupation", "document").order_by("pk")


def _standing(mapping: RegisterMapping) -> LineQuerySet:
    return RegisterLine.objects.all().filter(export__mapping=mapping, stands=True)


def _wanted(about: str, mapping: RegisterMapping, *, export: RegisterExport | None, sent: bool) -> Q:
    """What was not told yet and what must be told anew; or exactly what is in an export, or was sent."""
    standing = _standing(mapping).filter(**{f"{about}__isnull": False})
    if export is not None:
        return Q(pk__in=export.lines.values(about))
    if sent:
        return Q(pk__in=standing.values(about))
    return ~Q(pk__in=standing.values(about)) | Q(pk__in=standing.to_correct().values(about))


def _certificate(one: Certificate) -> Row:
    void = one.status == CertificateStatus.VOID
    facts = {
        "number": one.number or "",
        "name": one.name,
        "document_kind": one.document.get_kind_display(),
        "document_number": one.document.number,
        "occupation": one.occupation.name,
        "occupation_code": one.occupation.code,
        "level": one.level,
        "direction": one.direction,
        "issued_on": one.issued_on.isoformat() if one.issued_on else "",
        "status": "void" if void else "valid",
        "voided_on": one.voided_on.isoformat() if one.voided_on else "",
    }
    return Row(facts, "void" if void else "valid", certificate_id=one.pk)


def _mark(one: Mark, document: IdentityDocument) -> Row:
    entry, publication = one.seat.entry, one.publication
    assert publication is not None
    facts = {
        "ticket": entry.ticket.number,
        "name": entry.candidate.name,
        "document_kind": document.get_kind_display(),
        "document_number": document.number,
        "occupation": one.seat.subject.occupation.name,
        "subject": one.seat.subject.name,
        "value": "" if one.value is None else str(one.value),
        "status": one.status,
        "published_on": local_day(publication.published_at).isoformat(),
    }
    return Row(facts, one.status, mark_id=one.pk, value=one.value)
