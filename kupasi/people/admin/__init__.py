"""The office's lists of persons, accounts, institutions and texts."""

from . import accounts, persons, texts

__all__ = ["accounts", "persons", "texts"]
