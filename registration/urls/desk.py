"""Addresses of the counter."""

from __future__ import annotations

from django.urls import path

from registration.views import desk, desk_rosters, institution_certificates

urlpatterns = [
    path("", desk.desk, name="desk"),
    path("original/", desk.original, name="desk-original"),
    path("order/", desk.find_order, name="desk-order"),
    path("applications/<int:pk>/", desk.done, name="desk-done"),
    path("rosters/<int:pk>/originals/", desk_rosters.originals, name="desk-roster-originals"),
    path("rosters/<int:pk>/certificates/", institution_certificates.hand_over, name="desk-roster-certificates"),
    path("applications/<int:pk>/form.pdf", desk.form, name="desk-form"),
]
