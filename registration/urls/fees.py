"""Addresses of the candidate's fee pages."""

from __future__ import annotations

from django.urls import path

from registration.views import fee

urlpatterns = [
    path("me/applications/<int:pk>/fee/", fee.fee, name="fee"),
    path("me/receipts/<int:pk>.pdf", fee.receipt, name="receipt"),
]
