"""The Celery application and its beat table: sweeps that look for what is due and not done."""

from __future__ import annotations

import os
from logging.config import dictConfig
from typing import Any

import structlog
from celery import Celery
from celery.signals import setup_logging, task_postrun, task_prerun, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kupasi.settings")

app = Celery("kupasi")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

MINUTE = 60.0


@worker_init.connect
def with_the_right_keys(**kwargs: Any) -> None:
    """A worker that cannot read what is stored must not write beside it."""
    from kupasi.people.services.ring import expect_keys

    expect_keys()


@setup_logging.connect
def as_everywhere(**kwargs: Any) -> None:
    """Worker and clock write their lines as the web does; Celery's own way of writing is not used."""
    from django.conf import settings

    dictConfig(settings.LOGGING)


@task_prerun.connect
def name_task(task_id: str, task: Any, **kwargs: Any) -> None:
    """Every line of a task carries its name and number."""
    structlog.contextvars.bind_contextvars(task=task.name, task_id=task_id)


@task_postrun.connect
def forget_task(**kwargs: Any) -> None:
    """The next one has its own."""
    structlog.contextvars.unbind_contextvars("task", "task_id")


# Each sweep asks the rows what is due (<=, never ==), so the interval decides only how late it can be, never whether.
app.conf.beat_schedule = {
    "heartbeat": {"task": "kupasi.notices.tasks.beat", "schedule": 15.0},
    "send-notices": {"task": "kupasi.notices.tasks.send_due", "schedule": 10.0},
    "seal-audit": {"task": "kupasi.audit.tasks.seal", "schedule": MINUTE},
    "forget-expired": {"task": "kupasi.people.tasks.forget", "schedule": 60 * MINUTE},
    "audit-root": {"task": "kupasi.operations.tasks.take_root", "schedule": 10 * MINUTE},
    "back-up": {"task": "kupasi.operations.tasks.back_up", "schedule": 10 * MINUTE},
    "check-invariants": {"task": "registration.tasks.check_invariants", "schedule": 10 * MINUTE},
    "retention": {"task": "kupasi.operations.tasks.retain", "schedule": 60 * MINUTE},
    "lapse-unpaid": {"task": "registration.tasks.lapse_unpaid", "schedule": MINUTE},
    "send-webhooks": {"task": "registration.tasks.send_webhooks", "schedule": 10.0},
    "file-rosters": {"task": "registration.tasks.file_rosters", "schedule": 10.0},
    "confirm-paid": {"task": "registration.tasks.confirm_paid", "schedule": 20.0},
    "tell-institutions": {"task": "registration.tasks.tell_institutions", "schedule": 5 * MINUTE},
    "warn-unpaid": {"task": "registration.tasks.warn_unpaid", "schedule": 5 * MINUTE},
    "disruptions": {"task": "registration.tasks.work_on_disruptions", "schedule": MINUTE},
    "roster-photos": {"task": "registration.tasks.work_on_photos", "schedule": 5.0, "options": {"expires": 30}},
    "marked-files": {"task": "registration.tasks.make_marked_files", "schedule": 5.0, "options": {"expires": 30}},
    "forget-rosters": {"task": "registration.tasks.forget_rosters", "schedule": 60 * MINUTE},
    "roster-files": {"task": "registration.tasks.work_on_rosters", "schedule": 3.0, "options": {"expires": 30}},
    "issue-tickets": {"task": "exams.tasks.issue_tickets", "schedule": MINUTE},
    "tend-seeds": {"task": "exams.tasks.tend_seeds", "schedule": MINUTE},
    "make-prints": {"task": "exams.tasks.make_prints", "schedule": 3.0, "options": {"expires": 30}},
    "forget-prints": {"task": "exams.tasks.forget_prints", "schedule": 60 * MINUTE},
    "recount-deadlines": {"task": "registration.tasks.recount_deadlines", "schedule": 10 * MINUTE},
    "flag-results": {"task": "exams.tasks.flag_results", "schedule": 5 * MINUTE},
    "scan-evidence": {"task": "discipline.tasks.scan_waiting", "schedule": MINUTE},
    "forget-breaches": {"task": "discipline.tasks.forget", "schedule": 60 * MINUTE},
    "publish-results": {"task": "exams.tasks.publish_results", "schedule": 15.0},
    "issue-certificates": {"task": "certificates.tasks.issue_due", "schedule": 2 * MINUTE},
}
