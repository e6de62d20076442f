"""Job runs for reading, and the operator's queue on the admin's home."""

from __future__ import annotations

from django.contrib import admin

from kupasi import queues
from kupasi.admin import RecordAdmin
from kupasi.notices.models import JobRun

from .services import pulse


@admin.register(JobRun)
class JobRunAdmin(RecordAdmin):
    """Which periodic job had its effect for which period; the operator's page is behind the queue."""

    see = ("sys.logs",)
    list_display = ("at", "job", "period")
    list_filter = ("job",)
    readonly_fields = ("job", "period", "at")


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
