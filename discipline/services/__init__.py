"""Use cases of discipline: bars."""

from .bars import barred_on, follow, register_bar

__all__ = ["barred_on", "follow", "register_bar"]
