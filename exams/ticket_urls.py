"""Addresses of the tickets."""

from __future__ import annotations

from django.urls import URLPattern, path

from .views import tickets

urlpatterns: list[URLPattern] = [
    path("tickets/<int:pk>/", tickets.ticket, name="ticket"),
    path("tickets/<int:pk>/confirm/", tickets.confirm, name="ticket-confirm"),
    path("tickets/<int:pk>/dispute/", tickets.dispute, name="ticket-dispute"),
    path("tickets/<int:pk>/file/", tickets.ticket_file, name="ticket-file"),
]
