"""The one place where the clock is read, so that a rehearsal can set it.

Read it only at the edge (view, task, command, API); everything below is handed its moment.
"""

from __future__ import annotations

import os
import time
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

SHANGHAI = ZoneInfo("Asia/Shanghai")
STARTED = "KUPASI_CLOCK_STARTED"


def offset() -> timedelta:
    """How far the rehearsal clock is from the real one; zero outside a rehearsal.

    The real second at which the rehearsal began is handed to child processes in the environment, so that the web
    process, the worker and the clock agree.
    """
    if settings.REHEARSAL_CLOCK is None:
        return timedelta()
    started = float(os.environ.setdefault(STARTED, str(time.time())))
    return settings.REHEARSAL_CLOCK - datetime.fromtimestamp(started, tz=SHANGHAI)


def now() -> datetime:
    """The product's present moment, aware, in Asia/Shanghai."""
    return datetime.now(tz=SHANGHAI) + offset()


def today() -> date:
    """The product's present day in Shanghai."""
    return now().date()


def first_moment(day: date) -> datetime:
    """Midnight in Shanghai, with which a day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def local_day(moment: datetime) -> date:
    """The day in Shanghai on which an aware moment falls."""
    return moment.astimezone(SHANGHAI).date()
