"""Use cases of certificates: open, issue, reprint, void, hand over, verify."""

from .handovers import hand_over
from .numbers import enter_series, retire_series
from .register import barred_on, due_ids, holds, issue, open_certificates, reprint, void
from .verification import by_name, by_token

__all__ = [
    "barred_on",
    "by_name",
    "by_token",
    "due_ids",
    "enter_series",
    "hand_over",
    "holds",
    "issue",
    "open_certificates",
    "reprint",
    "retire_series",
    "void",
]
