"""The objects of the world by kind and owner, and a browser for every role."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from kupasi.people.models import User

from .table import INSTITUTION

NOTHING = 987654


@dataclass
class World:
    """The objects by kind: one's own (or assigned), another's, an institution's; and a browser for every role."""

    users: dict[str, User] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    own: dict[str, Any] = field(default_factory=dict)
    others: dict[str, Any] = field(default_factory=dict)
    ours: dict[str, Any] = field(default_factory=dict)
    theirs: dict[str, Any] = field(default_factory=dict)

    def object_of(self, kind: str, whose: str, role: str = "") -> Any:
        """A key. What an institution filed is its own; what is not an institution's at all is as for everybody."""
        if whose == "none":
            return "2020-01-01" if kind == "root" else NOTHING
        if role in INSTITUTION and kind in self.ours:
            return (self.ours if whose == "own" else self.theirs)[kind]
        return (self.own if whose == "own" else self.others)[kind]


def both(world: World, **keys: Any) -> None:
    """What belongs to nobody is the same for everybody."""
    world.own |= keys
    world.others |= keys
