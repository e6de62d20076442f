"""Changing a published mark: asked for by a marker or publisher, approved by a publisher or supervisor (rules M6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet

from exams.enums import MarkStatus
from exams.models import Mark
from exams.rules.marks import parse_mark
from exams.services.mark_changes import change_mark, lock
from kupasi.approvals.kinds import AskForm, Granted, Kind, Line, Payload
from kupasi.people.roles import may_any


class MarkForm(AskForm):
    """The right mark, as read off the paper."""

    value = forms.CharField(
        label="更正为（分）",
        max_length=6,
        help_text="0–100，最多一位小数；按答卷核对后填写。",
        error_messages={"required": "请填写更正后的分数。"},
    )

    def prepare(self) -> None:
        """Whose mark of what it is, as it stands now: a wrong row is seen before anybody is asked to approve it."""
        if self.about is not None:
            present = " · ".join(f"{one.label} {one.before or one.after}" for one in _present(self.about))
            self.fields["value"].help_text = f"现在：{present}。请填 0–100，最多一位小数；按答卷核对后填写。"

    def clean_value(self) -> str:
        """A mark as it is entered; the present one again is no correction."""
        answer = parse_mark(self.cleaned_data["value"].strip())
        if answer.value is None:
            raise forms.ValidationError([one.message for one in answer.errors], code=answer.errors[0].code)
        if self.about is not None and answer.value == self.about.value:
            raise forms.ValidationError("与现在的成绩相同，没有需要更正的内容；请按答卷再核对。", code="no_change")
        return str(answer.value)

    def payload(self) -> dict[str, Any]:
        return {"value": self.cleaned_data["value"]}


def published(user: Any) -> QuerySet[Mark]:
    """Published marks, for those who may ask or approve."""
    return Mark.objects.published() if may_any(user, "score.change_published") else Mark.objects.none()


def _holder(pk: Any) -> int | None:
    return Mark.objects.values_list("seat__entry__candidate__user", flat=True).get(pk=pk)


def _present(mark: Mark) -> list[Line]:
    """The mark as it stands: ticket, subject, value, pass mark."""
    ticket = getattr(mark.seat.entry, "ticket", None)
    return [
        Line("准考证号", "", ticket.number if ticket else f"#{mark.seat.entry_id}"),
        Line("科目", "", str(mark.seat.subject)),
        Line("成绩", "" if mark.value is None else f"{mark.value} 分", ""),
        Line("合格分", "", f"{mark.seat.subject.pass_mark} 分"),
    ]


def _lines(mark: Mark, given: Payload) -> list[Line]:
    number, subject, value, least = _present(mark)
    return [number, subject, Line(value.label, value.before, f"{given['value']} 分"), least]


def _change(granted: Granted) -> object:
    return change_mark(
        granted.about.pk,
        value=Decimal(granted.payload["value"]),
        reason=granted.reason,
        asked_by=granted.proposal.asked_by,
        by=granted.by,
    )


MARK_CHANGE = Kind(
    "mark_change",
    "更正已公布的成绩",
    "score.change_published",
    Mark,
    published,
    lambda mark, given: {"value": str(mark.value), "status": MarkStatus(mark.status).value, "version": mark.version},
    _lines,
    _change,
    form=MarkForm,
    hint="批准后立即生效，原成绩保留在记录中；保留成绩、补考和证书随之变化，本人会收到通知。",
    clause="本单位规定：成绩复核",
    rehearse=False,
    lock=lock,
    subject=_holder,
)
