"""A refusal as a plain fact: what the rules answer, before an edge turns it into a form error or a problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class RefusalFact:
    """Why something is refused: a stable code, a Chinese sentence that says what to do next, and its clause (依据).

    `extra` carries what a page may want to show beside the sentence (dates, the next window); never personal data.
    """

    code: str
    message: str
    clause: str = ""
    extra: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def as_dict(self) -> dict[str, str]:
        """The shape that the HTTP contract gives to a refusal."""
        return {"code": self.code, "message": self.message, "clause": self.clause}
