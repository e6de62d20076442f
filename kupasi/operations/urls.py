"""Addresses of the operator's side, under the admin's path."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("", views.board, name="operations"),
    path("letters/<int:pk>/replay/", views.replay, name="operations-replay"),
    path("matrix/", views.matrix, name="operations-matrix"),
    path("roots/", views.roots_list, name="operations-roots"),
    path("roots/<slug:day>/", views.root, name="operations-root"),
]
