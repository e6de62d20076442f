"""Publications and deadlines of results for the office; marks themselves are never listed here (rules M3–M5)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from exams.enums import EntryStatus, SessionStatus
from exams.models import ExamSession, Publication, Recheck, ResultFlag
from kupasi import queues
from kupasi.admin import RecordAdmin
from kupasi.people.roles import may_any
from kupasi.queues import Queue

ACTION = "score.publish"
READERS = (ACTION, "score.review")


@admin.register(Publication)
class PublicationAdmin(RecordAdmin):
    """What was published, by whom, with the hash of exactly that."""

    see = READERS
    list_display = ("exam_session", "published_at", "published_by", "marks", "held", "sha256")
    list_select_related = ("exam_session__occupation", "published_by")
    list_filter = ("exam_session__occupation",)


@admin.register(ResultFlag)
class ResultFlagAdmin(RecordAdmin):
    """Sessions whose results are to come: due day, due soon, overdue."""

    see = READERS
    list_display = ("exam_session", "due_on", "is_provisional", "due_soon_at", "overdue_at", "gate")
    list_select_related = ("exam_session__occupation",)

    def get_list_display(self, request: HttpRequest) -> Any:
        """Whoever only reads is offered no door."""
        return self.list_display if may_any(request.user, ACTION) else self.list_display[:-1]

    @admin.display(description="核对与公布")
    def gate(self, flag: Any) -> str:
        """The page that lists what blocks."""
        return format_html('<a href="{}">查看</a>', reverse("publication", args=[flag.exam_session_id]))


def _flags(condition: Q) -> QuerySet[ResultFlag]:
    return ResultFlag.objects.filter(condition).exclude(exam_session__status=SessionStatus.PUBLISHED)


def to_publish(user: Any) -> QuerySet[ExamSession]:
    """Sessions that were sat and are not published."""
    rows = ExamSession.objects.filter(status__in=[SessionStatus.PLANNED, SessionStatus.ARRANGED])
    return rows.filter(pk__in=ExamSession.objects.filter(entries__status=EntryStatus.SAT).values("pk"))


queues.register(
    Queue(
        code="rechecks",
        label="待答复的成绩复核",
        action="score.review",
        rows=lambda user: Recheck.objects.visible_to(user).open(),
        url="rechecks",
        age_field="asked_at",
        how="approve",
        late_days=10,
    )
)
queues.register(
    Queue(
        code="results-overdue",
        label="成绩逾期未公布",
        action=ACTION,
        rows=lambda user: _flags(Q(overdue_at__isnull=False)),
        url="publications",
        age_field="due_on",
        late_days=0,
    )
)
queues.register(
    Queue(
        code="results-due-soon",
        label="成绩临近公布期限",
        action=ACTION,
        rows=lambda user: _flags(Q(due_soon_at__isnull=False, overdue_at=None)),
        url="publications",
        age_field="due_soon_at",
        late_days=5,
    )
)
queues.register(
    Queue(
        code="results-to-publish",
        label="待公布成绩的场次",
        action=ACTION,
        rows=to_publish,
        url="publications",
        age_field="exam_month",
        late_days=60,
    )
)
