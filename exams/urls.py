"""Addresses of this app: tickets and marks keep their own lists."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from .views import seating

urlpatterns: list[URLResolver | URLPattern] = [
    path("", include("exams.ticket_urls")),
    path("", include("exams.door_urls")),
    path("", include("exams.mark_urls")),
    path("seating/", seating.verification, name="seating-verification"),
]
