"""库帕思: registering for and administering vocational-skill assessments."""

from .celery import app as celery_app

__all__ = ["celery_app"]
