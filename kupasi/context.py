"""What every page is handed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from kupasi import clock


def product(request: HttpRequest) -> dict[str, Any]:
    """The banners of a rehearsal and of the demonstration, and the product's clock."""
    return {
        "rehearsal_now": clock.now() if settings.REHEARSAL_CLOCK is not None else None,
        "is_demo": settings.DEMO,
        "product_now": clock.now(),
    }
