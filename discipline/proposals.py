"""Lifting or shortening a bar: asked by one supervisor, approved by another (matrix sanction.lift)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse

from discipline.models import Bar
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


KINDS = [
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
    )
]
