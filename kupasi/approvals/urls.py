"""A candidate's own requests."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("", views.mine, name="my-requests"),
    path("<int:pk>/withdraw/", views.withdraw_mine, name="my-request-withdraw"),
    path("ask/<slug:code>/<int:pk>/", views.ask_mine, name="my-request"),
]
