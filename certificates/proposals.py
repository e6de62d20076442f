"""Lists, numbers, reprints, corrections, voids: asked for by one, approved by another (rules X1–X6; matrix cert.*)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from certificates.enums import CertificateStatus
from certificates.models import Certificate, IssueBatch, NumberImport, RegisterExport
from certificates.services import batches, official, register, registers
from certificates.services.facts import copy_facts, facts_hash
from kupasi.approvals.kinds import Granted, Kind, Line, Payload

S = CertificateStatus


def in_force(user: Any) -> QuerySet[Certificate]:
    """Certificates on paper that a person may see."""
    return Certificate.objects.visible_to(user).on_paper()


def not_void(user: Any) -> QuerySet[Certificate]:
    """Certificates that can be made void."""
    return Certificate.objects.visible_to(user).exclude(status=S.VOID)


def _in_office(user: Any) -> QuerySet[Certificate]:
    """Corrections are asked for by the office, which has seen the documents."""
    return in_force(user) if user.is_staff else Certificate.objects.none()


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


def _correct_state(certificate: Certificate, given: Payload) -> Payload:
    return {"status": certificate.status, "facts": facts_hash(certificate)}


def _correct_lines(certificate: Certificate, given: Payload) -> list[Line]:
    """What the paper says and what it will say; refused at once where both are the same."""
    now = Certificate(candidate=certificate.candidate, occupation=certificate.occupation, entry=certificate.entry)
    copy_facts(now)
    return [
        Line("姓名", certificate.name, now.name, "name"),
        Line("证件号码", certificate.document.number, now.document.number, "document"),
        Line("证书编号", f"{certificate.number}（作废）", "另编新号"),
    ]


def _batch_lines(batch: IssueBatch, given: Payload) -> list[Line]:
    reasons = Counter(words for _, _, words in batch.excluded)
    left = "；".join(f"{words} {count} 人" for words, count in reasons.most_common()) or "无"
    return [
        Line("评价场次", "", str(batch.exam_session)),
        Line("列入发证", "", f"{len(batch.listed)} 人"),
        Line("不列入", "", left),
        Line("名单指纹", "", batch.digest[:16]),
    ]


def _numbers_lines(made: NumberImport, given: Payload) -> list[Line]:
    numbers = sorted(number for _, number in made.rows)
    return [
        Line("文件", "", made.file_name),
        Line("编号", "", f"{len(numbers)} 个：{numbers[0]} 至 {numbers[-1]}"),
        Line("文件指纹", "", made.sha256[:16]),
    ]


def _undecided(model: type[IssueBatch] | type[NumberImport]) -> Callable[[Any], QuerySet[Any]]:
    return lambda user: model.objects.visible_to(user).filter(approved_at=None)


def _export_lines(export: RegisterExport, given: Payload) -> list[Line]:
    columns = "、".join(str(one[0]) for one in export.columns)
    return [
        Line("平台", "", str(export.mapping)),
        Line("内容", "", f"{export.lines.count()} 行，含完整证件号码"),
        Line("列", "", columns),
        Line("内容指纹", "", export.digest[:16]),
    ]


KINDS = [
    Kind(
        "register_export",
        "向外部平台报送",
        "export.full",
        RegisterExport,
        lambda user: RegisterExport.objects.visible_to(user).filter(approved_at=None),
        lambda export, given: {"digest": export.digest},
        _export_lines,
        lambda granted: registers.grant(granted.about.pk, by=granted.by),
        hint="须监督和审计两人批准。批准后制作人 24 小时内可以下载，下载留有记录。",
        clause="通知 三",
        seats=("supervisor", "auditor"),
        rehearse=False,
        url=lambda pk, user: reverse("admin:certificates_registerexport_page", args=[pk]),
    ),
    Kind(
        "certificate_batch",
        "批准发证名单",
        "cert.approve",
        IssueBatch,
        _undecided(IssueBatch),
        lambda batch, given: {"digest": batch.digest},
        _batch_lines,
        lambda granted: batches.approve(granted.about.pk, by=granted.by),
        hint="批准的就是提请时的名单；之后有任何变化，都要重新列出。批准后系统自动编号制证。",
        clause="权限表",
        rehearse=False,
        url=lambda pk, user: reverse("admin:certificates_issuebatch_page", args=[pk]),
    ),
    Kind(
        "certificate_numbers",
        "导入正式证书编号",
        "cert.approve",
        NumberImport,
        _undecided(NumberImport),
        lambda made, given: {"sha256": made.sha256},
        _numbers_lines,
        lambda granted: official.take_in(granted.about.pk, by=granted.by),
        hint="批准后编号记入台账，永不再用；证书随后自动制作。",
        clause="通知 一",
        rehearse=False,
        url=lambda pk, user: reverse("admin:certificates_numberimport_page", args=[pk]),
    ),
    Kind(
        "certificate_correct",
        "更正换发证书",
        "cert.reissue",
        Certificate,
        _in_office,
        _correct_state,
        _correct_lines,
        lambda granted: register.correct(granted.about.pk, reason=granted.reason, by=granted.by),
        hint="先更正个人资料，再在此换发：旧证书同时作废，新证书另编新号。旧证书应收回。",
        clause="通知 五",
        lock=register.lock,
        subject=_holder,
        url=_page,
    ),
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
