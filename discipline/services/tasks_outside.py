"""Registers outside: what is to be corrected there, done with a receipt (须知 末段; rules S6)."""

from __future__ import annotations

from django.db import transaction

from discipline.models import RegisterTask
from kupasi.acts import Act
from kupasi.audit.services import record

from . import desk


@transaction.atomic
def finish(task_id: int, *, by: Act, receipt: str) -> RegisterTask:
    """The register was told; the receipt says how one knows. Twice changes nothing. Refuses with `proof_missing`."""
    row = RegisterTask.objects.select_for_update().get(pk=task_id)
    if row.done_at is not None:
        return row
    row.receipt = desk.need(receipt, code="proof_missing", message="请写明回执，如受理编号或更正后的查询结果。")[:200]
    row.done_at, row.done_by = by.at, by.person
    row.save()
    record(by, "register_task.done", row, after={"register": row.register, "errand": row.errand})
    return row
