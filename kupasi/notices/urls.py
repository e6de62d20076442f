"""Addresses of this app."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [path("", views.letters, name="letters")]
