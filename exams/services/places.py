"""The places of an exam session: taken and given back by one conditional UPDATE, never by reading and writing."""

from __future__ import annotations

from django.db.models import BigIntegerField, F, Q

from exams.enums import SessionStatus
from exams.models import ExamSession
from kupasi.errors import Refusal
from kupasi.prepared import Change, slot

ROOM = Q(capacity=None) | Q(taken__lt=F("capacity"))
TAKE = Change(
    lambda: (
        ExamSession.objects.exclude(status=SessionStatus.CANCELLED).filter(ROOM, pk=slot("session", BigIntegerField())),
        {"taken": F("taken") + 1},
    )
)


def take(exam_session_id: int) -> None:
    """Take one place inside the caller's transaction, after its own rows were written. Refuses with `full`.

    The hot row is held from here to the commit only, which is why this is the last write of a submission. A cancelled
    session has no places.
    """
    if not TAKE(session=exam_session_id):
        raise full()


def full() -> Refusal:
    """What somebody is told who comes when the places are gone."""
    message = "该职业本评价月的名额已满，您填写的内容已保存，可在下一个申报时间段提交。"
    return Refusal("full", message, "通知 二(三)")


def give_back(exam_session_id: int) -> None:
    """Give one place back inside the caller's transaction; a count that is already zero stays."""
    ExamSession.objects.filter(pk=exam_session_id, taken__gt=0).update(taken=F("taken") - 1)
