"""Rosters of institutions: a file is accepted, judged by the worker, looked at, then taken (通知 二(二))."""

from .drafts import lock_draft, reopen, roster_number, start_roster
from .taking import recheck, remove_row, take_all, take_valid
from .uploads import accept_upload, cancel_upload, discard_upload

__all__ = [
    "accept_upload",
    "cancel_upload",
    "discard_upload",
    "lock_draft",
    "recheck",
    "remove_row",
    "reopen",
    "roster_number",
    "start_roster",
    "take_all",
    "take_valid",
]
