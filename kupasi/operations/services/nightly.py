"""The day's backup by the clock: due at the hour of the settings, made once, caught up after a silence."""

from __future__ import annotations

import fcntl
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from exams.services.settings import number
from kupasi.acts import Act
from kupasi.clock import SHANGHAI
from kupasi.notices.models import JobRun

from . import backups

JOB = "backup"
NEVER = 24  # hours of a day end at 23


def due_since(at: datetime, *, hour: int) -> datetime:
    """The last moment, at or before `at`, at which a backup fell due (Shanghai)."""
    local = at.astimezone(SHANGHAI)
    today = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return today if today <= local else today - timedelta(days=1)


def run(by: Act) -> Path | None:
    """Make the backup that is due; None when there is one already, when another worker is at it, or by the settings.

    What was killed half way is made again at the next sweep: only a whole backup leaves a line.
    """
    hour = number("backup_hour")
    if hour >= NEVER:
        return None
    to = Path(settings.BACKUP_DIR)
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (to / ".clock.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        if JobRun.objects.filter(job=JOB, at__gte=due_since(by.at, hour=hour), at__lte=by.at).exists():
            return None
        return backups.make(to=to, by=by, keep=number("backup_keep"))
