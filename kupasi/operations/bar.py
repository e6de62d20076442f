"""A progress bar for commands that take a while: drawn on a terminal, silent elsewhere."""

from __future__ import annotations

from django.core.management.base import OutputWrapper

WIDTH = 30


class Bar:
    """Call it with how many steps are done more; `total` may be an estimate."""

    def __init__(self, out: OutputWrapper, *, total: int, label: str = "") -> None:
        self.out, self.total, self.label, self.done = out, max(total, 1), label, 0

    def __call__(self, steps: int = 1) -> None:
        self.done += steps
        if self.out.isatty():
            share = min(self.done / self.total, 1)
            self.out.write(f"\r{self.label} {'█' * round(share * WIDTH):░<{WIDTH}} {share:4.0%}", ending="")
            self.out.flush()

    def end(self) -> None:
        """Leave the line."""
        if self.out.isatty():
            self.out.write("")
