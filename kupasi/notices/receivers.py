"""Letters and messages that the accounts below ask for."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from kupasi.people.signals import letter_wanted, text_wanted

from .enums import Channel
from .services import queue
from .sms import SmsError

log = logging.getLogger(__name__)


def connect() -> None:
    """Called once when the app is ready."""
    letter_wanted.connect(_write_letter, dispatch_uid="notices.letter")
    text_wanted.connect(_send_text, dispatch_uid="notices.text")


def _write_letter(sender: Any, *, signal: Any, **letter: Any) -> None:
    queue(letter.pop("by"), over=(Channel.IN_APP, Channel.EMAIL, Channel.SMS), **letter)


def _send_text(sender: Any, *, phone: str, text: str, **kwargs: Any) -> None:
    """Codes are short-lived, so they do not wait in the outbox: they leave as soon as their row is committed."""
    transaction.on_commit(lambda: _hand_over(phone, text))


def _hand_over(phone: str, text: str) -> None:
    try:
        import_string(settings.SMS_PROVIDER)().send(phone=phone, text=text)
    except SmsError as error:
        log.warning("a code was not taken by the SMS provider: %s", type(error).__name__)
