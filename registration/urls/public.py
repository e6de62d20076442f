"""Addresses of the public site."""

from __future__ import annotations

from django.urls import path

from registration.views import public

urlpatterns = [
    path("", public.home, name="home"),
    path("calendar/", public.calendar, name="calendar"),
    path("calendar.ics", public.calendar_ics, name="calendar_ics"),
    path("fees/", public.fees, name="fees"),
    path("notices/", public.notices, name="notices"),
    path("notices/<int:pk>/", public.notice, name="notice"),
    path("notices/files/<int:pk>/", public.notice_file, name="notice_file"),
    path("contact/", public.contact, name="contact"),
    path("check/", public.check, name="check"),
    path("privacy/", public.privacy, name="privacy"),
]
