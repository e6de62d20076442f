"""Repairing rows in the page: one row judged again with what it shares, on a judged file or on the list itself."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import IntegrityError, transaction

from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.crypto import blind_index
from registration.enums import RowChange, UploadState
from registration.models import RosterRow, RosterUpload
from registration.rules.roster_rows import judge_row
from registration.rules.roster_types import Finding, NumberFix, RowAnswer
from registration.sheets.cells import SheetRow
from registration.sheets.enums import Column

from .contents import contents, sealed_text
from .drafts import CLAUSE, reopen
from .judging import verdict_on
from .known import look_up
from .lines import fingerprint
from .sharing import note_shared, sharing
from .taking import lock_house
from .terms import Basis, basis_for
from .uploads import expect_idle

EDITABLE = frozenset(Column) - {Column.ROW_ID}


@transaction.atomic
def edit_row(row_id: int, *, cells: Mapping[Column, str], by: Act) -> RosterRow:
    """Type some cells of a row anew and judge it again, together with the rows that share its person or phone.

    On a judged file any outcome is kept and shown. On the list itself (a taken file) rows must come out good: refuses
    with `rows_invalid` (the findings in `extra`), `already_in_batch`; a row that was left out joins the list when it
    is good. Also `wrong_status`, `roster_frozen`, `unknown_column`, `upload_running`.
    """
    if not set(cells) <= EDITABLE:
        raise Refusal("unknown_column", "没有这一列，请刷新页面后再试。", CLAUSE)
    upload = lock_house(RosterRow.objects.values_list("upload", flat=True).get(pk=row_id))
    if upload.state not in {UploadState.JUDGED, UploadState.TAKEN}:
        raise Refusal("wrong_status", "这个文件还没有核对完成，请稍候再改。", CLAUSE)
    expect_idle(upload.roster_id)
    row = RosterRow.objects.get(pk=row_id)
    affected = sharing(upload, row)
    basis = basis_for(upload.roster, on=by.on, preset=upload.preset)
    _judge_again(row, cells, upload=upload, basis=basis)
    note_shared(upload, affected | sharing(upload, row), basis=basis)
    row.refresh_from_db()
    if upload.state == UploadState.TAKEN:
        _put_on_list(row, upload=upload, by=by)
    _count(upload)
    record(by, "roster.row_edited", upload, after={"row": row.pk, "columns": sorted(cells), "valid": row.is_valid})
    return row


@transaction.atomic
def choose_fix(row_id: int, *, fix: NumberFix, by: Act) -> RosterRow:
    """Change the document number in one of the suggested ways, as a person chose; then as `edit_row`.

    Refuses with `unknown_fix` when the row does not suggest it, and as `edit_row` does.
    """
    row = RosterRow.objects.get(pk=row_id)
    if fix not in [one for each in row.findings for one in Finding.from_dict(each).fixes]:
        raise Refusal("unknown_fix", "这一行已有变化，请刷新页面后重新选择。", CLAUSE)
    number = fix.applied_to(contents(row).values.number)
    return edit_row(row_id, cells={Column.NUMBER: number}, by=by)


def _judge_again(row: RosterRow, cells: Mapping[Column, str], *, upload: RosterUpload, basis: Basis) -> None:
    """Write what the row says now and what the rules and the register say of it; off the list until it is settled."""
    typed = {Column(name): text for name, text in contents(row).typed.items()} | dict(cells)
    answer = judge_row(typed, rules=basis.rules)
    index = blind_index(*answer.identity) if answer.identity else ""
    found = {index} - {""}
    register = look_up(found, roster=upload.roster, occupations=basis.occupations, on=basis.rules.on)
    verdict = verdict_on(answer, number_index=index, noted=(), register=register, basis=basis)
    _fill(row, answer, basis=basis)
    row.number_index, row.fingerprint = index, fingerprint(SheetRow.of(row.line, typed))
    row.findings = [one.as_dict() for one in verdict.findings]
    row.exceptions, row.is_held = list(verdict.exceptions), bool(verdict.exceptions)
    row.is_valid, row.is_known = verdict.is_valid, verdict.is_known
    row.is_current, row.claim = False, None
    row.save()


def _fill(row: RosterRow, answer: RowAnswer, *, basis: Basis) -> None:
    values = answer.values
    row.name, row.birth_date, row.class_name = values.name, values.birth_date, values.class_name
    row.number_tail = values.number[-4:]
    row.phone_index = blind_index("phone", values.phone) if values.phone else ""
    row.occupation_id = basis.occupations.get(values.occupation)
    row.kind, row.subjects = values.exam_kind or row.kind, list(values.subjects)
    row.sealed = sealed_text(answer)
    if row.change == RowChange.UNCHANGED:
        row.change = RowChange.CHANGED


def _put_on_list(row: RosterRow, *, upload: RosterUpload, by: Act) -> None:
    if not row.is_valid:
        message = "改动后这一行有误，名单没有改动，请更正后再保存。"
        raise Refusal("rows_invalid", message, CLAUSE, findings=row.findings)
    roster = upload.roster
    reopen(roster, by=by)
    roster.taken_by, roster.taken_at = by.actor, by.at
    roster.save(update_fields=["taken_by", "taken_at"])
    row.is_current = True
    row.claim = f"{roster.institution_id}:{roster.window_id}:{row.occupation_id}:{row.number_index}"
    try:
        with transaction.atomic():
            row.save(update_fields=["is_current", "claim"])
    except IntegrityError as error:
        message = "此人的同一职业已在本机构这个申报时间段的名单里，请勿重复填写。"
        raise Refusal("already_in_batch", message, CLAUSE) from error


def _count(upload: RosterUpload) -> None:
    rows = RosterRow.objects.filter(upload=upload)
    valid, changed = rows.filter(is_valid=True).count(), rows.filter(change=RowChange.CHANGED).count()
    counts = {"valid": valid, "invalid": rows.count() - valid, "changed": changed}
    counts["unchanged"] = rows.filter(change=RowChange.UNCHANGED).count()
    RosterUpload.objects.filter(pk=upload.pk).update(**counts)
