"""What the exams tell the apps above them, inside the causing transaction; receivers only touch the database."""

from __future__ import annotations

from django.dispatch import Signal

# exam_session_id: int, entry_ids: list[int], by: Act; the entries whose results became visible (rules M3, M4).
results_published = Signal()

# mark_id: int, by: Act; a published mark was changed by two people (rules M6).
mark_changed = Signal()

# exam_session_id: int, disruption_id: int, by: Act; the organiser cancelled the session or moved it whole (rules A4).
session_cancelled = Signal()

# disruption_id: int, entry_ids: list[int], by: Act; a sitting with these people was cancelled or moved (rules A4).
sitting_disrupted = Signal()

# window_id: int, change_id: int, by: Act; a window of a published plan was changed (rules C3).
window_changed = Signal()
