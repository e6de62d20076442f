"""What a look at one part of the product found, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from .enums import Level


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: the part, what was seen, and the remedy when something is not well."""

    level: Level
    part: str
    seen: str
    todo: str = ""

    def line(self) -> str:
        """好 数据库：可用；…"""
        remedy = f"　→ {self.todo}" if self.todo and self.level != Level.OK else ""
        return f"{self.level.label:　<2} {self.part}：{self.seen}{remedy}"

    def as_dict(self) -> dict[str, Any]:
        """The same for a machine."""
        return asdict(self) | {"level": self.level.value}


def ok(part: str, seen: str) -> Finding:
    """All is well."""
    return Finding(Level.OK, part, seen)


def warn(part: str, seen: str, todo: str) -> Finding:
    """Not urgent."""
    return Finding(Level.WARN, part, seen, todo)


def bad(part: str, seen: str, todo: str) -> Finding:
    """Something does not work, or will soon not."""
    return Finding(Level.BAD, part, seen, todo)


def any_bad(findings: Iterable[Finding]) -> bool:
    """Whether a command has to fail."""
    return any(one.level == Level.BAD for one in findings)
