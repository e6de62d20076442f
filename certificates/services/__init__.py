"""Use cases of certificates: open, issue, reprint, void, hand over, verify."""

from .batches import approve, list_up, propose
from .handovers import hand_over
from .numbers import enter_series, retire_series
from .register import barred_on, correct, due_ids, holds, issue, open_certificates, reprint, void
from .verification import by_name, by_token

__all__ = [
    "approve",
    "barred_on",
    "by_name",
    "by_token",
    "correct",
    "due_ids",
    "enter_series",
    "hand_over",
    "holds",
    "issue",
    "list_up",
    "open_certificates",
    "propose",
    "reprint",
    "retire_series",
    "void",
]
