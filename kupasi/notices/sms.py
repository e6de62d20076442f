"""Short messages. A real provider is a class with the same `send`, named by SMS_PROVIDER."""

from __future__ import annotations

from typing import Protocol

from django.conf import settings


class SmsError(Exception):
    """The provider did not take the message."""


class SmsProvider(Protocol):
    """What a provider must do: take the message or raise `SmsError`.

    `key` is the same for every try of a letter: hand it on, so that a repeated one is recognised.
    """

    def send(self, *, phone: str, text: str, key: str = "") -> None: ...


class ConsoleSms:
    """For development and the demonstration: nothing is sent; the message is kept in DATA_DIR/sms.txt, not in a log."""

    def send(self, *, phone: str, text: str, key: str = "") -> None:
        try:
            with (settings.DATA_DIR / "sms.txt").open("a", encoding="utf-8") as file:
                file.write(f"{phone}\t{' '.join(text.split())}\n")
        except OSError as error:
            raise SmsError("disk") from error
