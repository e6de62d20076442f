"""Certificates: who is qualified, the form of a number, what a verification says (通知 一, 三, 五; rules T8, X1–X6)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from certificates.enums import CertificateStatus, Collector
from exams.enums import EntrySource
from kupasi.refusals import RefusalFact

PROVINCE = "31"
PREFIX = re.compile(r"([SY])([0-9]{4})([0-9]{2})([0-9]{6})")
NUMBER = re.compile(r"([SY][0-9]{12})([0-9]{2})([0-9])([0-9]{6})")
LARGEST_SERIAL = 999_999

Verification = Literal["valid", "void", "unknown"]


@dataclass(frozen=True, slots=True)
class PassFact:
    """One passed subject: where it was passed (any stable id of the exam session) and what kind of sitting it was."""

    subject: str
    session: int
    source: str = EntrySource.REGULAR


@dataclass(frozen=True, slots=True)
class NumberFact:
    """The parts of a 22-character number: prefix of 13, two digits of the year, level digit, serial (X2)."""

    prefix: str
    year: str
    level: str
    serial: int


@dataclass(frozen=True, slots=True)
class CertificateFact:
    """What the register holds of one certificate, as far as a stranger's question needs it."""

    status: str
    name: str
    voided_on: date | None = None


@dataclass(frozen=True, slots=True)
class VerificationAnswer:
    """What a stranger is told: valid, void since a day, or cannot be confirmed; never a reason of a void (X5)."""

    status: Verification
    message: str
    voided_on: date | None = None


def is_qualified(required: Collection[str], passes: Iterable[PassFact]) -> bool:
    """Whether every required subject is passed, in one sitting or across retakes (T8).

    A competition's passes count among themselves only, within one competition: they combine with nothing (T7).
    """
    groups: dict[str | int, set[str]] = {}
    for item in passes:
        group = item.session if item.source == EntrySource.COMPETITION else "regular"
        groups.setdefault(group, set()).add(item.subject)
    return bool(required) and any(set(required) <= subjects for subjects in groups.values())


def judge_issue(
    *, qualified: bool, barred: bool, held: bool, approved: bool, has_prefix: bool
) -> tuple[RefusalFact, ...]:
    """What keeps a certificate back (X1, X2): not_qualified, barred, result_held, not_approved, number_prefix_missing.

    `approved`: a list with this person, as the register holds them today, was approved by a second person.
    """
    reasons = (
        (qualified, "not_qualified", "还有科目未合格，全部合格后方可发证。", "通知 一"),
        (not barred, "barred", "该参评人员正处于禁考期，暂不发证。", "须知 三、四"),
        (not held, "result_held", "有违纪记录正在处理，处理完毕后再发证。", "须知 末段"),
        (
            approved,
            "not_approved",
            "还不在经批准的发证名单上，或批准后资料有更正，请列入名单并提请批准。",
            "权限表",
        ),
        (has_prefix, "number_prefix_missing", "证书编号前缀尚未录入，证书已备好、暂不编号，请先录入前缀。", "通知 一"),
    )
    return tuple(RefusalFact(code, message, clause) for holds, code, message, clause in reasons if not holds)


def judge_listing(
    *, qualified: bool, earned: bool, barred: bool, void: bool, listed: bool, holds_one: bool, opened: bool
) -> RefusalFact | None:
    """Why somebody who sat is not on a list for certificates, the first reason that holds; None: belongs on it (X1).

    Codes: certificate_void, listed_before, not_qualified, result_held, barred, has_certificate, not_opened.
    """
    reasons = (
        (void, "certificate_void", "所据证书已作废", "须知 末段"),
        (listed, "listed_before", "已在此前批准的名单中", "通知 一"),
        (not earned, "not_qualified", "有科目未合格、成绩未公布，或所据成绩已不再有效", "通知 一"),
        (not qualified, "result_held", "有违纪记录正在处理", "须知 末段"),
        (barred, "barred", "正处于禁考期", "须知 三、四"),
        (holds_one, "has_certificate", "已持有同一职业的有效证书", "通知 一"),
        (not opened, "not_opened", "证书尚未建档，系统每两分钟建档一次", "通知 一"),
    )
    found = next((reason for reason in reasons if reason[0]), None)
    return RefusalFact(found[1], found[2], found[3]) if found else None


def judge_prefix(prefix: str, *, is_sample: bool) -> RefusalFact | None:
    """Whether this can be a number's prefix (X2): S or Y, institution 4, province 2, site serial 6.

    Codes: prefix_shape; prefix_province (an official prefix of this province has 31; a sample's may be anything).
    """
    found = PREFIX.fullmatch(prefix)
    if found is None:
        message = "前缀应为 13 位：S 或 Y、机构 4 位、省份 2 位、站点 6 位，请按来文核对。"
        return RefusalFact("prefix_shape", message, "通知 一")
    if not is_sample and found[3] != PROVINCE:
        return RefusalFact("prefix_province", "前缀中的省份代码应为 31，请按来文核对。", "通知 一")
    return None


def make_certificate_number(prefix: str, *, issued_on: date, level: str, serial: int) -> str:
    """The 22 characters: prefix, two digits of the year, level digit, serial of six (X2).

    Raises ValueError for parts that do not fit; a prefix or level is never invented here.
    """
    if not PREFIX.fullmatch(prefix) or not re.fullmatch("[0-9]", level) or not 1 <= serial <= LARGEST_SERIAL:
        raise ValueError("a certificate number needs a prefix of 13, a level digit and a serial of 1–999999")
    return f"{prefix}{issued_on:%y}{level}{serial:06}"


def parse_certificate_number(text: str) -> NumberFact | None:
    """The parts of a number in the form of X2, spaces around it aside; None for any other text."""
    found = NUMBER.fullmatch(text.strip().upper()[:40])
    if found is None:
        return None
    return NumberFact(found[1], found[2], found[3], int(found[4]))


def verify_by_name(certificate: CertificateFact | None, name: str) -> VerificationAnswer:
    """What to tell somebody who knows number and name (X5); give the name in its normalised form.

    A number that does not exist, one of another name and one that is malformed are answered alike, so that nobody
    learns which numbers exist.
    """
    if certificate is None or certificate.name != name:
        message = "无法确认：没有与该编号和姓名相符的证书。请核对后重试，或向业务受理点咨询。"
        return VerificationAnswer("unknown", message)
    return verify_by_scan(certificate)


def verify_forged() -> VerificationAnswer:
    """What to tell somebody who scanned a code that this house did not sign, whatever it looks like (X5)."""
    message = "无法确认：二维码不是本机构签发的，或内容被改动、扫描不全。请重新扫描，或按编号和姓名查验。"
    return VerificationAnswer("unknown", message)


def verify_by_scan(certificate: CertificateFact | None) -> VerificationAnswer:
    """What to tell somebody who scanned a code whose signature is right (X5, X6)."""
    if certificate is None:
        message = "无法确认：登记簿中没有这张证书。请核对后重试，或向业务受理点咨询。"
        return VerificationAnswer("unknown", message)
    if certificate.status == CertificateStatus.VOID:
        return VerificationAnswer("void", "该证书已作废，不再有效。", certificate.voided_on)
    if certificate.status == CertificateStatus.WAITING:
        return VerificationAnswer("unknown", "无法确认：该证书尚未编号发放，请稍后再查。")
    return VerificationAnswer("valid", "该证书有效。")


def judge_handover(
    collector: str, *, document_seen: bool, proxy_document_seen: bool = False, letter_seen: bool = False
) -> RefusalFact | None:
    """Whether a certificate may be handed over (X4): document_missing, proxy_papers_missing; otherwise None."""
    if collector == Collector.INSTITUTION:
        return None
    if not document_seen:
        return RefusalFact("document_missing", "领取证书须出示本人证件，请核对证件后再交付。", "通知 五")
    if collector == Collector.PROXY and not (proxy_document_seen and letter_seen):
        return RefusalFact("proxy_papers_missing", "代领须出示双方证件并交委托书，请补齐后再交付。", "通知 五")
    return None
