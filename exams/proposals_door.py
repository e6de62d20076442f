"""Letting in a refused person: the invigilator asks, the supervisor lets in (matrix checkin.override)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from exams.enums import OVERRIDABLE
from exams.models import CheckIn
from exams.rules.door import CLAUSE
from exams.services.door import inside_since, judge_letting_in, let_in
from kupasi.approvals.kinds import Granted, Kind, Line, Payload
from kupasi.clock import SHANGHAI


def refused(user: Any) -> QuerySet[CheckIn]:
    """Those whom a door of one's own turned away, and who may be let in."""
    return CheckIn.objects.visible_to(user).filter(result__in=OVERRIDABLE, seat__isnull=False)


def _lines(row: CheckIn, given: Payload) -> list[Line]:
    seat = judge_letting_in(row, row.sitting)
    starts = row.sitting.starts_at.astimezone(SHANGHAI)
    return [
        Line("考场", "", f"{row.sitting.subject} {starts:%m-%d %H:%M} {row.sitting.room}"),
        Line("座位", "", f"{seat.number} 号"),
        Line("参评人员", "", seat.entry.candidate.name, "name"),
        Line("扫描结果", f"{row.at.astimezone(SHANGHAI):%H:%M} {row.get_result_display()}", "放行入场"),
    ]


def _state(row: CheckIn, given: Payload) -> Payload:
    inside = row.seat is not None and inside_since(row.seat) is not None
    return {"result": row.result, "sitting": row.sitting.status, "inside": inside}


def _carry_out(granted: Granted) -> object:
    return let_in(granted.about.pk, asked_by=granted.proposal.asked_by, by=granted.by)


def _door(pk: Any, user: Any) -> str:
    """The door, for those who stand there."""
    row = CheckIn.objects.visible_to(user).filter(pk=pk, sitting__invigilators=user.pk).first()
    return reverse("room-door", args=[row.sitting_id]) if row is not None else ""


LET_IN = Kind(
    "checkin_override",
    "放行入场",
    "checkin.override",
    CheckIn,
    refused,
    _state,
    _lines,
    _carry_out,
    hint="批准后立即记为入场；开考后放行的记为迟到。请先当面核对本人和证件。",
    clause=CLAUSE,
    rehearse=False,
    is_local=True,
    subject=lambda pk: CheckIn.objects.values_list("seat__entry__candidate__user", flat=True).get(pk=pk),
    url=_door,
)
