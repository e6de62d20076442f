"""What must hold before the product is served for real (`check --deploy`)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

CONSOLE = "kupasi.notices.sms.ConsoleSms"


@register(Tags.security, deploy=True)
def real_messages(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Codes must reach phones: the console provider is for development and the demonstration only."""
    if settings.SMS_PROVIDER != CONSOLE or settings.EMBEDDED:
        return []
    hint = "Set SMS_PROVIDER to the class of a real provider."
    return [Error("The console SMS provider is used with a production database.", hint=hint, id="people.E001")]
