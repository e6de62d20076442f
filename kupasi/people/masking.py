"""What is shown of a number, a phone or a name, and what a log line may hold."""

from __future__ import annotations

import logging
import re

_LONG = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9]{17}[0-9Xx]|[0-9]{15}|1[3-9][0-9]{9}|[HM][0-9]{8,10}|[A-Z]{3}[0-9]{12})(?![0-9A-Za-z])"
)
_DETAIL = re.compile(r"DETAIL:.*?(?=\n\n|\nCONTEXT:|\Z)", re.DOTALL)  # PostgreSQL repeats whole rows there
_CONTROLS = {code: f"\\x{code:02x}" for code in [*range(0x20), *range(0x7F, 0xA0)] if code != 0x09}


def mask_document(number: str) -> str:
    """310***********1234: the first three and last four characters; short numbers keep less."""
    if len(number) >= 11:
        return f"{number[:3]}{'*' * (len(number) - 7)}{number[-4:]}"
    return f"{number[:1]}{'*' * max(len(number) - 3, 1)}{number[-2:]}" if len(number) > 3 else "*" * len(number)


def mask_phone(phone: str) -> str:
    """138****1234."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "*" * len(phone)


def mask_name(name: str) -> str:
    """张*: the first character only."""
    return f"{name[:1]}{'*' * min(len(name) - 1, 3)}" if name else ""


def strike(text: str) -> str:
    """A text for the log: without what looks like a document or a phone, and without the rows of a database error."""
    return _LONG.sub("[masked]", _DETAIL.sub("DETAIL: [masked]", text))


class LogMask(logging.Filter):
    """Strikes personal data out of every log line, and the addresses of pages: some carry one-time words."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = strike(without_address(record)), ()
        return True


def without_address(record: logging.LogRecord) -> str:
    """The words of a line; where Django names the page of a request, its view's name instead."""
    text, request = record.getMessage(), getattr(record, "request", None)
    path = getattr(request, "path", "")
    if not path or path == "/":
        return text
    match = getattr(request, "resolver_match", None)
    return text.replace(path, match.view_name if match else "(address)")


class LineFormatter(logging.Formatter):
    """One line per record: control characters are escaped; a traceback keeps its lines, masked."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = record.message.translate(_CONTROLS)
        return super().formatMessage(record)

    def formatException(self, ei: object) -> str:
        return strike(super().formatException(ei))  # type: ignore[arg-type]  # logging's own tuple
