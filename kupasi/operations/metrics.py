"""Numbers for Prometheus: signs of life, queues and ages. Nothing about persons; nobody else learns that it exists."""

from __future__ import annotations

import hmac
import shutil
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kupasi import clock
from kupasi.acts import client_address

from .services import pulse

TYPE = "text/plain; version=0.0.4; charset=utf-8"
NEVER = -1.0


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text form, for the configured addresses or the holder of the token; 404 for everybody else."""
    if not _is_allowed(request):
        raise Http404
    return HttpResponse("".join(_lines()), content_type=TYPE)


def _is_allowed(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
    with_token = bool(settings.METRICS_TOKEN) and hmac.compare_digest(given, settings.METRICS_TOKEN.encode())
    return with_token or client_address(request) in settings.METRICS_ADDRESSES


def _lines() -> Iterator[str]:
    at = clock.now()
    beats = {f'{{part="{one.part}"}}': _seconds(one.age) for one in pulse.beats(at)}
    yield from _gauge("kupasi_heartbeat_age_seconds", "Seconds since the last sign of life; -1 for never.", beats)
    queues = pulse.lines(at)
    waiting = {f'{{queue="{one.code}"}}': float(one.count) for one in queues}
    yield from _gauge("kupasi_queue_length", "Rows that wait.", waiting)
    oldest = {f'{{queue="{one.code}"}}': _seconds(one.oldest) if one.count else 0.0 for one in queues}
    yield from _gauge("kupasi_queue_oldest_seconds", "Age of the oldest row that waits.", oldest)
    jobs = {f'{{job="{job}"}}': _seconds(pulse.last_run(job, at=at)) for job in pulse.JOBS}
    yield from _gauge("kupasi_job_age_seconds", "Seconds since a job last had its effect; -1 for never.", jobs)
    yield from _gauge("kupasi_audit_sealed_total", "Links of the audit chain.", {"": float(pulse.sealed())})
    free = float(shutil.disk_usage(settings.DATA_DIR).free)
    yield from _gauge("kupasi_disk_free_bytes", "Room on the disk of DATA_DIR.", {"": free})


def _gauge(name: str, what: str, values: dict[str, float]) -> Iterator[str]:
    yield f"# HELP {name} {what}\n# TYPE {name} gauge\n"
    for labels, value in values.items():
        yield f"{name}{labels} {value:.0f}\n"


def _seconds(age: timedelta | None) -> float:
    return NEVER if age is None else age.total_seconds()
