"""The list with whole document numbers: once, for the asker; every cell is text (matrix export.full)."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import timedelta

import xlsxwriter
from django.db import transaction

from exams.models import ExamSession
from kupasi.acts import Act
from kupasi.approvals.models import Proposal
from kupasi.audit.services import record
from kupasi.errors import Refusal
from registration.enums import ApplicationStatus
from registration.models import Application, FullExport

LIFE = timedelta(hours=24)
HEAD = ("申报编号", "姓名", "证件类型", "证件号码", "签发国家", "性别", "出生日期", "职业", "评价月", "状态")
LISTED = (ApplicationStatus.CONFIRMED, ApplicationStatus.CONCLUDED)


def rows_of(session: ExamSession) -> Iterator[tuple[str, ...]]:
    """The confirmed applications of a session, as text."""
    found = Application.objects.filter(exam_session=session, status__in=LISTED).order_by("number")
    for one in found.select_related("candidate", "document", "occupation").iterator(chunk_size=500):
        document, person = one.document, one.candidate
        assert document is not None
        yield (
            one.number or "",
            one.name,
            document.get_kind_display(),
            document.number,
            document.country,
            person.get_sex_display(),
            person.birth_date.isoformat(),
            str(one.occupation),
            f"{session.exam_month:%Y-%m}",
            one.get_status_display(),
        )


@transaction.atomic
def grant(session: ExamSession, *, proposal: Proposal, by: Act) -> FullExport:
    """Open the one-time download for whoever asked; approved by two."""
    export, is_new = FullExport.objects.get_or_create(
        proposal=proposal,
        defaults={"exam_session": session, "asked_by": proposal.asked_by, "expires_at": by.at + LIFE},
    )
    if is_new:
        record(by, "export.granted", export, after={"session": session.pk, "expires_at": export.expires_at})
    return export


@transaction.atomic
def download(export_id: int, *, by: Act) -> bytes:
    """The workbook, once. Refuses with `export_used` (also for another person) and `export_expired`."""
    rows = FullExport.objects.filter(pk=export_id, asked_by=by.person)
    export = rows.select_for_update(of=("self",)).select_related("exam_session").first()
    if export is None or export.downloaded_at is not None:
        raise Refusal("export_used", "这份名单已下载过，需要时请重新申请。", "权限表")
    if by.at >= export.expires_at:
        raise Refusal("export_expired", "下载期限已过，需要时请重新申请。", "权限表")
    export.downloaded_at = by.at
    export.save(update_fields=["downloaded_at"])
    rows_out = list(rows_of(export.exam_session))
    record(by, "export.full", export, after={"session": export.exam_session_id, "rows": len(rows_out)})
    return workbook(rows_out)


def workbook(rows: list[tuple[str, ...]]) -> bytes:
    """The list as an xlsx."""
    return text_workbook(HEAD, rows)


def text_workbook(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> bytes:
    """An xlsx in which every cell is text: nothing is a number, a date or a formula."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        text = book.add_format({"num_format": "@"})
        sheet = book.add_worksheet("名单")
        for line, row in enumerate([head, *rows]):
            for column, value in enumerate(row):
                sheet.write_string(line, column, value, text)
        sheet.set_column(0, len(head) - 1, 20, text)
        sheet.freeze_panes(1, 0)
    return out.getvalue()
