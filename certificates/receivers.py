"""What happens to certificates when the exams change something below them."""

from __future__ import annotations

from typing import Any

from kupasi.acts import Act

from .services.register import void_unearned


def follow_mark(sender: Any, *, mark_id: int, by: Act, **more: Any) -> None:
    """A published mark was changed: what no longer is earned becomes void."""
    void_unearned([mark_id], by=by)
