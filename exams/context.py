"""The office's address and phones, for the foot of every page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from .services.settings import office_facts


def office(request: HttpRequest) -> dict[str, Any]:
    """`office`: address, hours, phones, read only if the page shows them."""
    return {"office": SimpleLazyObject(office_facts)}
