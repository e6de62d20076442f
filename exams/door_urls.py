"""Addresses of the doors of rooms: scanning, the sheet, closing, and what works without network."""

from __future__ import annotations

from django.urls import URLPattern, path

from .views import door, door_offline, sheet

urlpatterns: list[URLPattern] = [
    path("rooms/door.webmanifest", door_offline.manifest, name="door-manifest"),
    path("rooms/door-worker.js", door_offline.worker, name="door-worker"),
    path("rooms/<int:pk>/door/", door.door, name="room-door"),
    path("rooms/<int:pk>/door/packet/", door_offline.packet, name="room-door-packet"),
    path("rooms/<int:pk>/door/log/", door_offline.log, name="room-door-log"),
    path("rooms/<int:pk>/override/", door.override, name="room-override"),
    path("rooms/<int:pk>/sheet/", sheet.sheet, name="room-sheet"),
    path("rooms/<int:pk>/close/confirm/", sheet.confirm, name="room-confirm"),
]
