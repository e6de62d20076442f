"""Addresses of the front desk: the public pages, the candidate's, the counter's, the institutions'."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("registration.urls.public")),
    path("", include("registration.urls.candidate")),
    path("", include("registration.urls.fees")),
    path("board/", include("registration.urls.board")),
    path("desk/", include("registration.urls.desk")),
    path("institution/", include("registration.urls.institution")),
    path("institution/", include("registration.urls.institution_after")),
]
