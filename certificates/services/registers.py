"""Files for registers outside: drawn up, approved by two, sent with a receipt, compared with what they show (M7)."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import xlsxwriter
from django.db import transaction

from certificates.enums import RegisterContent
from certificates.models import RegisterExport, RegisterLine, RegisterMapping
from kupasi import tables
from kupasi.acts import Act
from kupasi.approvals.models import Proposal
from kupasi.approvals.services import ask
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.masking import mask_document, mask_name

from .register_rows import SOURCES, Row, rows_for

KIND = "register_export"
CLAUSE = "通知 三"
LIFE = timedelta(hours=24)
MASKS = {"name": mask_name, "document_number": mask_document}
Column = Sequence[object]  # title, source, codes


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that a register shows otherwise than this house: the key, the column, ours, theirs; names masked."""

    key: str
    column: str
    ours: str
    theirs: str


def check_columns(content: str, columns: Sequence[Column]) -> None:
    """Whether columns can be filled. Refuses with `no_columns`, `unknown_source`, `title_twice`."""
    titles = [str(one[0]) for one in columns]
    if not columns or not all(titles):
        raise Refusal("no_columns", "请至少写一列，每列都要有列名。", CLAUSE)
    unknown = [str(one[1]) for one in columns if one[1] not in SOURCES[content]]
    if unknown:
        raise Refusal(
            "unknown_source", f"没有这个来源：{'、'.join(unknown)}。可用：{'、'.join(SOURCES[content])}。", CLAUSE
        )
    if len(set(titles)) != len(titles):
        raise Refusal("title_twice", "列名不能重复。", CLAUSE)


@transaction.atomic
def propose(mapping_id: int, *, reason: str, by: Act) -> tuple[RegisterExport, Proposal]:
    """Draw up what a register was not told yet, or must be told anew, and ask for the approval of two.

    Refuses with `nothing_to_send`, and as asking does.
    """
    mapping = RegisterMapping.objects.select_for_update().get(pk=mapping_id)
    check_columns(mapping.content, mapping.columns)
    rows = rows_for(mapping)
    if not rows:
        raise Refusal("nothing_to_send", "没有新的或需要更正的内容要报送。", CLAUSE)
    export = RegisterExport.objects.create(
        mapping=mapping,
        columns=mapping.columns,
        digest=_digest(mapping.columns, rows),
        made_by=by.person,
        made_at=by.at,
    )
    RegisterLine.objects.bulk_create([_line(export, one) for one in rows], 500)
    record(by, "register_export.proposed", export, after={"rows": len(rows), "digest": export.digest}, reason=reason)
    return export, ask(by, kind=KIND, about=export, payload={"digest": export.digest}, reason=reason)


@transaction.atomic
def grant(export_id: int, *, by: Act) -> RegisterExport:
    """Open the download to whoever drew it up; approved by two."""
    export = RegisterExport.objects.select_for_update().get(pk=export_id)
    if export.approved_at is None:
        export.approved_at = by.at
        export.save(update_fields=["approved_at"])
        record(by, "register_export.granted", export, after={"digest": export.digest})
    return export


@transaction.atomic
def download(export_id: int, *, by: Act) -> bytes:
    """The workbook with whole numbers, for its maker, within a day of the approval; every download is recorded.

    Refuses with `not_approved`, `not_yours`, `export_expired`, `list_changed`.
    """
    export = RegisterExport.objects.select_related("mapping").get(pk=export_id)
    if export.made_by_id != by.person.pk:
        raise Refusal("not_yours", "只有制作人可以下载。", "权限表")
    if export.approved_at is None:
        raise Refusal("not_approved", "还没有两人批准，不能下载。", "权限表")
    if by.at > export.approved_at + LIFE:
        raise Refusal("export_expired", "批准已超过 24 小时，请重新制作。", "权限表")
    rows = rows_for(export.mapping, export=export)
    if _digest(export.columns, rows) != export.digest:
        raise Refusal("list_changed", "批准之后内容有变化，请重新制作、再提请批准。", CLAUSE)
    record(by, "register_export.downloaded", export, after={"rows": len(rows)})
    return _workbook(export.columns, rows)


@transaction.atomic
def send(export_id: int, *, receipt: str, by: Act) -> RegisterExport:
    """Note that the register took the file, and its receipt; its lines are now what the register was told last.

    Repeating it returns what is there. Refuses with `receipt_missing`, `not_approved`.
    """
    export = RegisterExport.objects.select_for_update().get(pk=export_id)
    if export.sent_at is not None:
        return export
    if export.approved_at is None:
        raise Refusal("not_approved", "还没有两人批准，不能报送。", "权限表")
    export.receipt = _receipt(receipt)
    export.sent_by, export.sent_at = by.person, by.at
    export.save(update_fields=["receipt", "sent_by", "sent_at"])
    told = RegisterLine.objects.filter(export__mapping=export.mapping_id, stands=True)
    told.filter(certificate__in=export.lines.values("certificate")).update(stands=False)
    told.filter(mark__in=export.lines.values("mark")).update(stands=False)
    export.lines.update(stands=True)
    record(by, "register_export.sent", export, after={"lines": export.lines.count()}, reason=export.receipt)
    return export


@transaction.atomic
def correct(line_id: int, *, receipt: str, by: Act) -> RegisterLine:
    """Note that a register was told by hand what it must show now. Twice changes nothing. Refuses `receipt_missing`."""
    line: RegisterLine = RegisterLine.objects.select_for_update().get(pk=line_id)
    if line.corrected_at is None:
        line.receipt, line.corrected_at, line.corrected_by = _receipt(receipt), by.at, by.person
        line.save(update_fields=["receipt", "corrected_at", "corrected_by"])
        record(by, "register_line.corrected", line, reason=line.receipt)
    return line


def compare(mapping: RegisterMapping, content: bytes, *, by: Act) -> list[Difference]:
    """What a register shows, from its own file, against what it should show after what was sent to it.

    Lines are matched by the number of the certificate, or by ticket and subject. Nothing of the file is kept.
    Refuses with `file_unreadable`, `columns_missing`.
    """
    keys = ("number",) if mapping.content == RegisterContent.CERTIFICATES else ("ticket", "subject")
    titles = {str(source): str(title) for title, source, _ in mapping.columns}
    if not set(keys) <= set(titles):
        raise Refusal("columns_missing", f"模板须有这些来源才能比对：{'、'.join(keys)}。", CLAUSE)
    theirs = _theirs(content, [titles[one] for one in keys])
    sent = rows_for(mapping, sent=True)
    ours = {" ".join(row.facts[one] for one in keys): _cells(mapping.columns, row) for row in sent}
    found = [Difference(key, "整行", "有", "没有") for key in ours if key not in theirs]
    found += [Difference(key, "整行", "没有报送过", "有") for key in theirs if key not in ours]
    for key in ours.keys() & theirs.keys():
        found += _apart(key, mapping.columns, ours[key], theirs[key])
    record(by, "register.compared", mapping, after={"lines": len(theirs), "differences": len(found)})
    return sorted(found, key=lambda one: (one.key, one.column))


def _theirs(content: bytes, keys: list[str]) -> dict[str, dict[str, str]]:
    try:
        head, *rows = tables.read(content) or [[]]
    except tables.Unreadable as error:
        raise Refusal("file_unreadable", "文件打不开，请另存为 .xlsx 或 .csv 后再试。", CLAUSE) from error
    if not set(keys) <= set(head):
        raise Refusal("columns_missing", f"文件第一行须有这些列名：{'、'.join(keys)}。", CLAUSE)
    lines = [dict(zip(head, row, strict=False)) for row in rows if any(row)]
    return {" ".join(one.get(key, "") for key in keys): one for one in lines}


def _apart(key: str, columns: Sequence[Column], ours: list[str], theirs: dict[str, str]) -> Iterable[Difference]:
    for (title, source, _), value in zip(columns, ours, strict=True):
        if str(title) in theirs and theirs[str(title)] != value:
            hide = MASKS.get(str(source), str)
            yield Difference(key, str(title), hide(value), hide(theirs[str(title)]))


def _cells(columns: Sequence[Column], row: Row) -> list[str]:
    found = []
    for _, source, codes in columns:
        value = row.facts[str(source)]
        found.append(str(codes.get(value, value)) if isinstance(codes, dict) else value)
    return found


def _digest(columns: Sequence[Column], rows: Sequence[Row]) -> str:
    body = [[list(one) for one in columns], [_cells(columns, row) for row in rows]]
    return hashlib.sha256(json.dumps(body, ensure_ascii=False).encode()).hexdigest()


def _line(export: RegisterExport, row: Row) -> RegisterLine:
    return RegisterLine(
        export=export, certificate_id=row.certificate_id, mark_id=row.mark_id, state=row.state, value=row.value
    )


def _receipt(text: str) -> str:
    plain = " ".join(text.split())[:200]
    if not plain:
        raise Refusal("receipt_missing", "请写明回执，如受理编号或查询结果。", CLAUSE)
    return plain


def _workbook(columns: Sequence[Column], rows: Sequence[Row]) -> bytes:
    """Every cell is text: a number stays as it is, a formula is none."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("报送")
        for at, cells in enumerate([[str(one[0]) for one in columns], *(_cells(columns, row) for row in rows)]):
            for column, value in enumerate(cells):
                sheet.write_string(at, column, value)
    return out.getvalue()
