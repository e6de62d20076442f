"""Job runs for reading, and the operator's queue on the admin's home."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from kupasi import queues
from kupasi.admin import RecordAdmin
from kupasi.notices.enums import JOBS
from kupasi.notices.models import JobRun

from .services import pulse


class JobFilter(admin.SimpleListFilter):
    """Runs of one job, by its name in words."""

    title = "任务"
    parameter_name = "job"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = JobRun.objects.order_by("job").values_list("job", flat=True).distinct()
        return [(job, JOBS.get(job, job)) for job in found]

    def queryset(self, request: HttpRequest, queryset: QuerySet[JobRun]) -> QuerySet[JobRun]:
        return queryset.filter(job=self.value()) if self.value() else queryset


@admin.register(JobRun)
class JobRunAdmin(RecordAdmin):
    """Which periodic job had its effect for which period; the operator's page is behind the queue."""

    see = ("sys.logs",)
    list_display = ("at", "words", "period")
    list_filter = (JobFilter,)
    fields = ("words", "period", "at")
    readonly_fields = fields

    @admin.display(description="任务", ordering="job")
    def words(self, run: JobRun) -> str:
        """In words."""
        return run.words


queues.register(
    queues.Queue(
        code="letters-dead",
        label="未送达的信件",
        action="sys.logs",
        rows=lambda user: pulse.dead_letters(),
        url="operations",
        age_field="queued_at",
        hint="查看原因后重发",
        late_days=1,
    )
)
