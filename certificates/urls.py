"""Addresses of this app."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("", views.mine, name="my-certificates"),
    path("<int:pk>/paper/", views.paper, name="certificate-paper"),
    path("verify/", views.verify, name="verify"),
    path("verify/<str:token>/", views.scan, name="verify-scan"),
    path("keys.json", views.keys, name="certificate-keys"),
    path("status.json", views.status, name="certificate-status"),
]
