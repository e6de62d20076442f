"""Use cases of approvals: ask, approve, refuse, withdraw, look."""

from .proposals import approve, ask, refuse, reveal, withdraw

__all__ = ["approve", "ask", "refuse", "reveal", "withdraw"]
