"""In the demonstration nobody receives messages: the page shows them, clearly labelled, and never otherwise."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from kupasi.people.checks import CONSOLE

KEY = "demo_message"


def keep(request: HttpRequest, message: str) -> None:
    """Keep the message for the next page, in the demonstration with its console provider only."""
    if shows():
        request.session[KEY] = message


def kept(request: HttpRequest) -> str:
    """The message to show, or nothing."""
    return str(request.session.get(KEY, "")) if shows() else ""


def shows() -> bool:
    """Whether messages are shown instead of sent."""
    return bool(settings.DEMO) and settings.SMS_PROVIDER == CONSOLE
