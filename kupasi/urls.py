"""Every address of the product."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from kupasi import health
from kupasi.operations.metrics import metrics

handler500 = "kupasi.full_disk.server_error"
urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("accounts/", include("kupasi.people.urls")),
    path("notices/mine/", include("kupasi.notices.urls")),
    path("exams/", include("exams.urls")),
    path("certificates/", include("certificates.urls")),
    path("discipline/", include("discipline.urls")),
    path("api/v1/", include("kupasi.api_urls")),
    path(f"{settings.ADMIN_PATH}operations/", include("kupasi.operations.urls")),
    path(settings.ADMIN_PATH, admin.site.urls),
    path("me/requests/", include("kupasi.approvals.urls")),
    path("", include("registration.urls")),
]
