"""The product on SQLite as Django sets it up by itself: deferred transactions, a rollback journal, five seconds."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kupasi.settings")

from django.conf import settings

settings.DATABASES["default"]["OPTIONS"] = {"init_command": "PRAGMA journal_mode=DELETE;"}

from kupasi.wsgi import application  # noqa: E402  # after the guard was switched off

__all__ = ["application"]
