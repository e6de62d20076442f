"""Addresses of the institutions' pages; none holds anything personal but a row's key."""

from __future__ import annotations

from django.urls import path

from registration.views import institution_home

urlpatterns = [
    path("", institution_home.home, name="institution"),
]
