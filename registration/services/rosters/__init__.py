"""Rosters of institutions: a file is accepted, judged by the worker, looked at, then taken (通知 二(二))."""

from .comparing import RowChanges, changes_of
from .contents import RowContents, contents, findings_of
from .drafts import lock_draft, reopen, roster_number, start_roster
from .editing import choose_fix, edit_row
from .taking import recheck, remove_row, removed_rows, take_all, take_valid
from .uploads import accept_upload, cancel_upload, discard_upload

__all__ = [
    "RowChanges",
    "RowContents",
    "accept_upload",
    "cancel_upload",
    "changes_of",
    "choose_fix",
    "contents",
    "discard_upload",
    "edit_row",
    "findings_of",
    "lock_draft",
    "recheck",
    "remove_row",
    "removed_rows",
    "reopen",
    "roster_number",
    "start_roster",
    "take_all",
    "take_valid",
]
