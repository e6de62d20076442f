"""Choices of the operator's side."""

from __future__ import annotations

from kupasi.people.enums import Choice


class Level(Choice):
    """What a look at one part of the product found."""

    OK = "ok", "好"
    WARN = "warn", "注意"
    BAD = "bad", "坏"
