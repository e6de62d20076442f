"""What happens to accounts and may need a letter: sent inside the transaction, received by the apps above (notices)."""

from __future__ import annotations

from django.dispatch import Signal

letter_wanted = Signal()
"""Arguments: by, key, kind, subject, body, and candidate or user: a letter in every way that reaches the person."""

text_wanted = Signal()
"""Arguments: phone, text: a short message to a number that may belong to nobody yet; sent after the commit."""

document_added = Signal()
"""Arguments: by, document, facts: a person is known by a document from now on; inside the transaction."""

photo_kept = Signal()
"""Arguments: by, photo, content: a new portrait was kept; inside the transaction."""
