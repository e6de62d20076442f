"""Lifting or shortening a bar: asked by one supervisor, approved by another (matrix sanction.lift)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse

from discipline.models import Bar, BarList
from discipline.services import bar_lists
from discipline.services.bars import lift_bar
from kupasi.approvals.kinds import AskForm, Granted, Kind, Line, Payload


class LiftForm(AskForm):
    """Until when the bar shall run; empty lifts it at once."""

    until = forms.DateField(
        label="缩短到（含当日）",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="留空表示立即解除。",
    )

    def payload(self) -> dict[str, Any]:
        until: date | None = self.cleaned_data["until"]
        return {"until": until.isoformat() if until else ""}


def _running(user: Any) -> QuerySet[Bar]:
    return Bar.objects.visible_to(user).in_force()


def _state(bar: Bar, given: Payload) -> Payload:
    return {"until": bar.barred_until.isoformat(), "lifted": bar.lifted_at is not None}


def _lines(bar: Bar, given: Payload) -> list[Line]:
    until = f"{given['until']}（含当日）" if given["until"] else "立即解除"
    return [Line("截止", f"{bar.barred_until}（含当日）", until), Line("依据", "", bar.source)]


def _lift(granted: Granted) -> object:
    until = date.fromisoformat(granted.payload["until"]) if granted.payload["until"] else None
    return lift_bar(granted.about.pk, until=until, reason=granted.reason, by=granted.by)


def _holder(pk: Any) -> int | None:
    return Bar.objects.values_list("candidate__user", flat=True).get(pk=pk)


def _waiting_lists(user: Any) -> QuerySet[BarList]:
    return BarList.objects.visible_to(user).filter(taken_at=None)


def _list_state(found: BarList, given: Payload) -> Payload:
    listed = bar_lists.known(found)
    pairs = sorted(f"{one.line.line}:{one.candidate.pk}:{one.is_certain}" for one in listed)
    return {"taken": found.taken_at is not None, "sha256": found.received_sha256, "known": pairs}


def _list_lines(found: BarList, given: Payload) -> list[Line]:
    listed = bar_lists.known(found)
    certain, total = sum(one.is_certain for one in listed), found.lines.count()
    return [
        Line("来文", "", found.source),
        Line("原文件 SHA-256", "", found.received_sha256),
        Line("人员", "", f"{total} 人"),
        Line("证件已登记的", "", f"{certain} 人，核准后立即登记期限，期限内的座位随即取消"),
        Line("仅同名同生日的", "", f"{len(listed) - certain} 人，待人工核对身份"),
        Line("其余", "", f"{total - certain} 人，只留证件散列，本人登记时认出"),
    ]


KINDS = [
    Kind(
        "bar_list",
        "登记主管部门的禁考名单",
        "sanction.lift",
        BarList,
        _waiting_lists,
        _list_state,
        _list_lines,
        lambda granted: bar_lists.take(granted.about.pk, by=granted.by),
        hint="请另一位主管对照来文逐行核对后核准；核准人须打开名单页查看。",
        clause="须知 三、四",
        rehearse=False,  # whoever uploaded it asks, and may not take it
        url=lambda pk, user: reverse("bar-list", args=[pk]) if user.is_staff else "",
    ),
    Kind(
        "bar_lift",
        "解除或缩短禁考",
        "sanction.lift",
        Bar,
        _running,
        _state,
        _lines,
        _lift,
        form=LiftForm,
        hint="只影响今后能否参加评价；已取消的成绩和场次不因此恢复，恢复须经复核撤销决定。",
        clause="须知 三、四",
        subject=_holder,
        url=lambda pk, user: reverse("admin:discipline_bar_changelist") if user.is_staff else "",
    ),
]
