"""Addresses of this app."""

from __future__ import annotations

from django.urls import path

from .views import credentials, public

urlpatterns = [
    path("", public.mine, name="my-certificates"),
    path("<int:pk>/paper/", public.paper, name="certificate-paper"),
    path("<int:pk>/credential/", credentials.own, name="certificate-credential"),
    path("status/<int:block>/", credentials.status_list, name="certificate-status-list"),
    path("issuer/", credentials.issuer, name="certificate-issuer"),
    path("verify/", public.verify, name="verify"),
    path("verify/offline/", public.offline, name="verify-offline"),
    path("verify/offline/file/", public.offline_file, name="verify-offline-file"),
    path("verify/<str:token>/", public.scan, name="verify-scan"),
    path("keys.json", public.keys, name="certificate-keys"),
    path("seal.pem", public.seal, name="certificate-seal"),
    path("status.json", public.status, name="certificate-status"),
]
