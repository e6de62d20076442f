"""How the log is written: one masked line for people, or one masked JSON object for machines.

What a line belongs to (a request, a task) stands in it by its own number, so that lines can be put together without
saying whom they are about. Addresses of pages are never written: some carry one-time words; the view's name is.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING, Any

import structlog

from .masking import strike

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

requests = logging.getLogger("kupasi.requests")
KEPT = ("status_code",)  # of what libraries add to a line; the rest (requests, rows) may hold anything
Event = MutableMapping[str, Any]


def configuration(*, form: str, level: str) -> dict[str, Any]:
    """The logging of web, worker, clock and commands alike; `form` is `line` or `json`."""
    quiet = {name: {"level": "WARNING"} for name in ("celery", "weasyprint", "fontTools", "pikepdf")}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"mask": {"()": "kupasi.people.masking.LogMask"}},
        "formatters": {
            "line": {
                "()": "kupasi.people.masking.LineFormatter",
                "format": "{asctime} {levelname} {name} {message}",
                "style": "{",
            },
            "json": {"()": "kupasi.people.logs.JsonFormatter"},
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["mask"], "formatter": form}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            **quiet,
            "kupasi.requests": {"level": "INFO" if form == "json" else "WARNING"},
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
        },
    }


def said(logger: Any, name: str, event: Event) -> Event:
    """What a line of a plain logger holds besides its words: the few named fields, nothing else."""
    record = event["_record"]
    fields = getattr(record, "fields", {})
    kept = {key: getattr(record, key) for key in KEPT if hasattr(record, key)}
    return {**event, **kept, **fields}


def masked(logger: Any, name: str, event: Event) -> Event:
    """Every text of a line, tracebacks too, without what looks like a document, a phone or a row of the database."""
    return {key: strike(value) if isinstance(value, str) else value for key, value in event.items()}


class JsonFormatter(structlog.stdlib.ProcessorFormatter):
    """One JSON object a line: time, level, logger, words, traceback, and the request or task it belongs to."""

    def __init__(self) -> None:
        super().__init__(
            foreign_pre_chain=[
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                said,
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                masked,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )


class RequestLog:
    """Gives each request a number of its own, in every line that it causes and in its answer; notes how it went."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        number, began = uuid.uuid4().hex[:16], time.monotonic()
        structlog.contextvars.bind_contextvars(request=number)
        response = self.get_response(request)
        self.note(request, response, seconds=time.monotonic() - began)
        response["X-Request-ID"] = number
        return response

    @staticmethod
    def note(request: HttpRequest, response: HttpResponse, *, seconds: float) -> None:
        """The view's name, the method, the answer, the time, and the number of the account."""
        if not requests.isEnabledFor(logging.INFO):
            return
        view = request.resolver_match.view_name if request.resolver_match else ""
        account = getattr(getattr(request, "_cached_user", None), "pk", None)  # asking for the user would ask the rows
        fields = {"view": view, "method": request.method, "status": response.status_code, "account": account}
        requests.info("request", extra={"fields": fields | {"milliseconds": round(seconds * 1000)}})


def forget_request(**kwargs: Any) -> None:
    """The answer is sent, and Django has said what it had to: what the thread writes next belongs to something else."""
    structlog.contextvars.unbind_contextvars("request")
