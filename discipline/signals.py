"""What discipline tells the desk above it, inside the causing transaction; receivers only touch the database."""

from __future__ import annotations

from django.dispatch import Signal

# case: Case, ledger: Ledger, entry_ids: set[int] (taken out of their sessions), bar: Span | None, by: Act.
# The receiver takes what is above and writes it into the ledger (rules S9, S11).
decision_carried_out = Signal()

# case: Case, restoring: Restoring, by: Act. The receiver gives back what the ledger says it took, and names the
# entries that must stay cancelled because their application cannot come back (rules S10).
decision_overturned = Signal()
