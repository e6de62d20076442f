"""The collector of cyclic garbage, paused for work that makes very many small objects and no cycles.

Otherwise it looks through all of them again and again, which for a list of people is a sixth of the whole work. Objects
without cycles are freed at once, as ever. Standard library only: rules may use it.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collecting() -> Iterator[None]:
    """For the length of a block; whoever paused it first sets it going again."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
