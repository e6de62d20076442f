"""Changing a published mark: two people, a reason, the old one kept (rules M6; matrix score.change_published)."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.db.models import F

from exams import signals
from exams.enums import MarkStatus, RecheckStatus
from exams.models import Mark, MarkChange, Recheck
from exams.rules.marks import judge_entry
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.notices.services import queue
from kupasi.people.models import User

from . import rechecks

CLAUSE = "本单位规定：成绩复核"


def lock(mark_id: int) -> Mark:
    """The mark, locked, with what is shown of it."""
    rows = Mark.objects.select_for_update(of=("self",))
    return rows.select_related("seat__subject", "seat__entry__candidate", "publication").get(pk=mark_id)


@transaction.atomic
def change_mark(mark_id: int, *, value: Decimal, reason: str, asked_by: User, by: Act) -> MarkChange:
    """Give a published mark another value; `by` approves what `asked_by` asked for.

    An open recheck of it is answered with that. Certificates and kept passes follow. Refuses with `not_published`,
    `wrong_status` (cancelled or absent: that is a decision's or the room's affair), `no_change`, `four_eyes`, and the
    codes of a mark's value.
    """
    mark = lock(mark_id)
    _judge(mark, value, asked_by=asked_by, by=by)
    change = MarkChange.objects.create(
        mark=mark,
        old_status=mark.status,
        old_value=mark.value,
        new_status=MarkStatus.NORMAL,
        new_value=value,
        reason=reason,
        asked_by=asked_by,
        approved_by=by.person,
        changed_at=by.at,
    )
    Mark.objects.filter(pk=mark.pk).update(value=value, version=F("version") + 1)
    record(by, "mark.changed", mark, before={"value": mark.value}, after={"value": value}, reason=reason)
    open_one = Recheck.objects.filter(mark=mark, status=RecheckStatus.ASKED).values_list("pk", flat=True).first()
    if open_one is not None:
        answer = f"核对后成绩更正为 {value} 分。"
        rechecks.close(rechecks.locked(open_one), RecheckStatus.CORRECTED, answer=answer, by=by)
    else:
        _tell(change, mark, by=by)
    signals.mark_changed.send(Mark, mark_id=mark.pk, by=by)
    return change


def _judge(mark: Mark, value: Decimal, *, asked_by: User, by: Act) -> None:
    if mark.publication is None:
        raise Refusal("not_published", "这份成绩还没有公布，请按录分的流程改正。", CLAUSE)
    if mark.status != MarkStatus.NORMAL:
        words = MarkStatus(mark.status).label
        raise Refusal("wrong_status", f"这份成绩是“{words}”，不能在这里更正；请按到考登记或违纪处理办理。", CLAUSE)
    wrong = judge_entry(MarkStatus.NORMAL, value)
    if wrong is not None:
        raise Refusal.from_fact(wrong)
    if value == mark.value:
        raise Refusal("no_change", "与现在的成绩相同，没有需要更正的内容。", CLAUSE)
    entered = {mark.first_by_id, mark.second_by_id, mark.third_by_id}
    if by.person.pk == asked_by.pk or by.person.pk in entered:
        raise Refusal("four_eyes", "提出更正或录过这份成绩的人员不能批准更正。", "本单位规定：双人录入、他人公布")


def _tell(change: MarkChange, mark: Mark, *, by: Act) -> None:
    words = f"更正为 {change.new_value} 分，请登录查看"
    if mark.is_held:
        words = "有更正；成绩仍在暂缓公布，处理完毕后可以登录查看"
    queue(
        by,
        key=f"mark-changed:{change.pk}",
        kind="mark_changed",
        subject=f"{mark.seat.subject}成绩更正",
        body=f"您的{mark.seat.subject}成绩经核对{words}。依据：{CLAUSE}。",
        candidate=mark.seat.entry.candidate,
        url="/exams/results/",
        about=change,
    )
