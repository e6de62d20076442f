"""Addresses of this app: tickets and marks keep their own lists."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(name)) for name in ("exams.ticket_urls", "exams.mark_urls") if find_spec(name)
]
