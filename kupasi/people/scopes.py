"""What an API key opens: reading or changing, area by area. A key opens nothing that its owner may not do."""

from __future__ import annotations

PREFIX = "/api/v1/"
READ, WRITE = "read", "write"
SAFE = ("GET", "HEAD", "OPTIONS")
OPEN = frozenset({"schema", "docs", "rules", "token"})  # everybody's, with or without a key
AREAS: dict[str, tuple[str, frozenset[str]]] = {
    "applications": ("申报", frozenset({"applications", "rosters", "retakes"})),
    "money": ("订单与收费", frozenset({"orders", "payments", "refunds"})),
    "exams": ("考场与准考证", frozenset({"entries", "tickets", "checkins"})),
    "marks": ("成绩", frozenset({"marks", "results"})),
    "certificates": ("证书", frozenset({"certificates"})),
    "discipline": ("违纪与处理", frozenset({"cases", "bars"})),
}


def choices() -> list[tuple[str, str]]:
    """Every scope with the words that the account page shows."""
    words = {READ: "查看", WRITE: "办理"}
    return [(f"{area}:{how}", f"{label}：{word}") for area, (label, _) in AREAS.items() for how, word in words.items()]


def everything() -> list[str]:
    """All scopes there are."""
    return [scope for scope, _ in choices()]


def named(words: str) -> list[str] | None:
    """The scopes of a list with spaces, each once, in the order of the page; None when one of them is unknown."""
    asked = set(words.split())
    return [scope for scope in everything() if scope in asked] if asked <= set(everything()) else None


def area_of(path: str) -> str | None:
    """The area of an address of the API; '' where everybody may go; None where nobody said (nothing opens it)."""
    word = path.removeprefix(PREFIX).split("/")[0]
    if word in OPEN:
        return ""
    return next((area for area, (_, names) in AREAS.items() if word in names), None)


def needed(method: str, path: str) -> str | None:
    """The scope that a call needs, '' for none; None where no key opens the address."""
    area = area_of(path)
    return f"{area}:{READ if method in SAFE else WRITE}" if area else area
