"""Addresses of the public site."""

from __future__ import annotations

from django.urls import path

from registration.views import filed, public

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
    path("filed/", filed.ask, name="filed"),
    path("filed/code/", filed.code, name="filed-code"),
    path("filed/rows/", filed.rows, name="filed-rows"),
    path("filed/rows/<int:pk>/object/", filed.object_to, name="filed-object"),
]
