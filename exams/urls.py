"""Addresses of this app: tickets and marks keep their own lists."""

from __future__ import annotations

from django.urls import URLResolver, include, path

urlpatterns: list[URLResolver] = [
    path("", include("exams.ticket_urls")),
    path("", include("exams.door_urls")),
    path("", include("exams.mark_urls")),
]
