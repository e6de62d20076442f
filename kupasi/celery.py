"""The Celery application and its beat table: sweeps that look for what is due and not done."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kupasi.settings")

app = Celery("kupasi")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

MINUTE = 60.0

# Each sweep asks the rows what is due (<=, never ==), so the interval decides only how late it can be, never whether.
app.conf.beat_schedule = {
    "heartbeat": {"task": "kupasi.notices.tasks.beat", "schedule": 15.0},
    "send-notices": {"task": "kupasi.notices.tasks.send_due", "schedule": 10.0},
    "seal-audit": {"task": "kupasi.audit.tasks.seal", "schedule": MINUTE},
    "forget-expired": {"task": "kupasi.people.tasks.forget", "schedule": 60 * MINUTE},
    "audit-root": {"task": "kupasi.operations.tasks.take_root", "schedule": 10 * MINUTE},
    "check-invariants": {"task": "registration.tasks.check_invariants", "schedule": 10 * MINUTE},
    "retention": {"task": "kupasi.operations.tasks.retain", "schedule": 60 * MINUTE},
    "lapse-unpaid": {"task": "registration.tasks.lapse_unpaid", "schedule": MINUTE},
    "warn-unpaid": {"task": "registration.tasks.warn_unpaid", "schedule": 5 * MINUTE},
    "issue-tickets": {"task": "exams.tasks.issue_tickets", "schedule": MINUTE},
    "flag-results": {"task": "exams.tasks.flag_results", "schedule": 5 * MINUTE},
    "issue-certificates": {"task": "certificates.tasks.issue_due", "schedule": 2 * MINUTE},
}
