"""The product with the guard of the closing switched off: the window is looked up once and remembered."""

import os
from datetime import date

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kupasi.settings")

from kupasi.wsgi import application  # noqa: I001  # sets Django up before any model is imported

from registration.services import facts

__all__ = ["application"]
told = facts.briefing
facts.briefing = lambda occupation_id, *, on: told(occupation_id, on=date(2025, 12, 31))
