"""Telling those affected that a window of a published plan was changed (rules C3)."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from exams.models import WindowChange
from exams.signals import window_changed
from kupasi.acts import Act
from kupasi.notices.services import queue
from registration.models import Application


@receiver(window_changed, dispatch_uid="registration.tell_window_change")
def on_window_changed(sender: Any, *, window_id: int, change_id: int, by: Act, **kwargs: Any) -> None:
    """One letter to everybody with an open application in that window."""
    change = WindowChange.objects.get(pk=change_id)
    before, after = (_words(days) for days in (change.before, change.after))
    affected = Application.objects.open().filter(window_id=window_id).select_related("candidate")
    for application in affected:
        queue(
            by,
            key=f"window-change:{change_id}:{application.pk}",
            kind="window_change",
            subject="申报及评价时间有调整",
            body=f"您的申报（编号 {application.number}）所在时间段原为{before}，现调整为{after}。"
            f"理由：{change.reason}。依据：通知 附件1。",
            candidate=application.candidate,
            url=f"/me/applications/{application.pk}/",
            about=application,
        )


def _words(days: dict[str, str]) -> str:
    return f" {days['opens_on']} 至 {days['closes_on']}、评价月 {days['exam_month']}"
