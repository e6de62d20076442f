"""Cleaning what people type or paste, before any rule looks at it."""

from __future__ import annotations

import unicodedata

LONGEST_INPUT = 200  # longer than any field: such text is judged as too long without being normalised


def squeeze(text: str) -> str:
    """Letters and digits in their plain (NFKC) form, without spaces, zero-width and direction marks anywhere.

    Control characters inside are kept, so that the rule that follows refuses them; text beyond any field is cut.
    """
    if text.isascii() and text.isalnum():  # nothing to clean: the usual case, and lists have many of them
        return text[:LONGEST_INPUT]
    plain = unicodedata.normalize("NFKC", text[:LONGEST_INPUT].strip())
    return "".join(char for char in plain if unicodedata.category(char) not in {"Zs", "Cf"})


def one_line(text: str) -> str:
    """Free words as they are kept: breaks and odd spaces as one plain space, nothing that a reader cannot see.

    Direction and zero-width signs go without a word, since nobody could find them to take them out.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    seen = "".join(" " if unicodedata.category(char) in {"Cc", "Zs", "Zl", "Zp"} else char for char in text)
    return " ".join("".join(char for char in seen if unicodedata.category(char) not in {"Cf", "Cs"}).split())
