"""Addresses of the counter."""

from __future__ import annotations

from django.urls import path

from registration.views import desk

urlpatterns = [
    path("", desk.desk, name="desk"),
    path("original/", desk.original, name="desk-original"),
    path("order/", desk.find_order, name="desk-order"),
    path("applications/<int:pk>/", desk.done, name="desk-done"),
    path("applications/<int:pk>/form.pdf", desk.form, name="desk-form"),
]
