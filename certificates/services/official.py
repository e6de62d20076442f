"""Official numbers from a file: matched by one, taken into the ledger by another (rules X2)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from certificates.enums import CertificateStatus
from certificates.models import Certificate, NumberImport, NumberUse
from certificates.rules import parse_certificate_number
from kupasi import tables
from kupasi.acts import Act
from kupasi.approvals.models import Proposal
from kupasi.approvals.services import ask
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.rules import normalize_name

KIND = "certificate_numbers"
CLAUSE = "通知 一"
HEADS = ("准考证号", "姓名", "证书编号")
UNREADABLE = "文件打不开，或超过 5 MB、两万行；请另存为 .xlsx 或 .csv（UTF-8 或 GB18030）后再试。"


@dataclass(frozen=True, slots=True)
class Matched:
    """One line of the file: the certificate that it names, or what is wrong with the line."""

    line: int
    ticket: str
    number: str
    certificate: Certificate | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would do; only a file without problems can be asked for."""

    lines: tuple[Matched, ...]
    sha256: str

    @property
    def problems(self) -> list[Matched]:
        """The lines that cannot be taken."""
        return [one for one in self.lines if one.problem]


def read(content: bytes) -> Preview:
    """Match the lines of a file (.xlsx or .csv; columns 准考证号, 姓名, 证书编号 in any order) to certificates.

    Refuses with `file_unreadable`, `columns_missing`.
    """
    try:
        table = tables.read(content)
    except tables.Unreadable as error:
        raise Refusal("file_unreadable", UNREADABLE, CLAUSE) from error
    head = table[0] if table else []
    if not set(HEADS) <= set(head):
        raise Refusal("columns_missing", f"第一行须有这些列名：{'、'.join(HEADS)}。", CLAUSE)
    at = [head.index(name) for name in HEADS]
    width = max(at) + 1
    ticket, name, number = at
    lines = [(line, row) for line, row in enumerate(table[1:], start=2) if len(row) >= width]
    rows = [(line, row[ticket], row[name], row[number]) for line, row in lines]
    return Preview(_match([row for row in rows if any(row[1:])]), hashlib.sha256(content).hexdigest())


@transaction.atomic
def keep(preview: Preview, *, file_name: str, by: Act) -> NumberImport:
    """Keep what a file would do, to be looked at and asked for; the same file of the same person is kept once.

    Refuses with `file_has_problems`, `file_empty`.
    """
    if preview.problems:
        raise Refusal("file_has_problems", f"文件有 {len(preview.problems)} 行不能导入，请改正后重新上传。", CLAUSE)
    rows = [[one.certificate.pk, one.number] for one in preview.lines if one.certificate]
    if not rows:
        raise Refusal("file_empty", "文件里没有编号。", CLAUSE)
    done = NumberImport.objects.filter(sha256=preview.sha256, made_by=by.person, approved_at=None, rows=rows).first()
    if done is not None:
        return done
    made = NumberImport.objects.create(
        file_name=file_name[:120], sha256=preview.sha256, rows=rows, made_by=by.person, made_at=by.at
    )
    record(by, "certificate_numbers.proposed", made, after={"rows": len(rows), "sha256": made.sha256})
    return made


def propose(made: NumberImport, *, reason: str, by: Act) -> Proposal:
    """Ask another person to approve the numbers that were shown. Refuses as asking does."""
    return ask(by, kind=KIND, about=made, payload={"sha256": made.sha256}, reason=reason)


@transaction.atomic
def take_in(import_id: int, *, by: Act) -> NumberImport:
    """Write the numbers into the ledger, each for its certificate; the sweep then prints them.

    Repeating it returns what is there. Refuses with `four_eyes`, `number_taken`, `wrong_status`; nothing is half done.
    """
    made = NumberImport.objects.select_for_update().get(pk=import_id)
    if made.approved_at is not None:
        return made
    if made.made_by_id == by.person.pk:
        raise Refusal("four_eyes", "自己导入的编号要由另一位工作人员批准。", "权限表")
    numbers = dict(made.rows)
    waiting = Certificate.objects.select_for_update().filter(pk__in=numbers, status=CertificateStatus.WAITING)
    rows = list(waiting.filter(official_number=None))
    if len(rows) != len(numbers):
        raise Refusal("wrong_status", "导入之后有证书已经编号或作废，请重新核对文件。", CLAUSE)
    for one in rows:
        one.official_number = numbers[one.pk]
    try:
        with transaction.atomic():
            NumberUse.objects.bulk_create([_use(number, by=by) for number in numbers.values()], 500)
            Certificate.objects.bulk_update(rows, ["official_number"], 500)
    except IntegrityError as error:
        raise Refusal("number_taken", "文件中有编号已经用过，请重新核对文件。", CLAUSE) from error
    made.approved_by, made.approved_at = by.person, by.at
    made.save(update_fields=["approved_by", "approved_at"])
    record(by, "certificate_numbers.approved", made, after={"rows": len(rows), "sha256": made.sha256})
    return made


def _use(number: str, *, by: Act) -> NumberUse:
    parts = parse_certificate_number(number)
    assert parts is not None
    return NumberUse(
        number=number,
        prefix=parts.prefix,
        year=2000 + int(parts.year),
        level_digit=parts.level,
        serial=parts.serial,
        used_at=by.at,
    )


def _match(rows: list[tuple[int, str, str, str]]) -> tuple[Matched, ...]:
    """Three queries, however many lines."""
    tickets, numbers = [row[1] for row in rows], [row[3].upper() for row in rows]
    found = Certificate.objects.filter(entry__ticket__number__in=tickets, status=CertificateStatus.WAITING)
    by_ticket = {one.entry.ticket.number: one for one in found.select_related("entry__ticket", "candidate")}
    used = set(NumberUse.objects.filter(number__in=numbers).values_list("number", flat=True))
    lines, seen = [], set[str]()
    for line, ticket, name, number in rows:
        number = number.upper()
        one = by_ticket.get(ticket)
        problem = _problem(one, name, number, used=used | seen, again=ticket in seen)
        lines.append(Matched(line, ticket, number, one, problem))
        seen |= {ticket, number}
    return tuple(lines)


def _problem(one: Certificate | None, name: str, number: str, *, used: set[str], again: bool) -> str:
    reasons = (
        (one is None, "没有这个准考证号的待编号证书"),
        (again, "同一准考证号出现两次"),
        (one is not None and one.candidate.name != normalize_name(name), "姓名与登记的不一致"),
        (one is not None and one.official_number is not None, "这张证书已有正式编号"),
        (parse_certificate_number(number) is None, "证书编号不是 22 位的正式格式"),
        (number in used, "证书编号已经用过，或在文件中出现两次"),
    )
    return next((words for holds, words in reasons if holds), "")
