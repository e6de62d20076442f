"""The addresses of the HTTP API, version 1."""

from __future__ import annotations

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView

from certificates import api as certificates
from discipline import api as discipline
from kupasi import api_docs
from kupasi.people.api import TokenView
from registration import api_rules

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", api_docs.page, name="api-docs"),
    path("certificates/", certificates.CertificateList.as_view(), name="api-certificates"),
    path("certificates/verify/", certificates.Verify.as_view(), name="api-verify"),
    path("certificates/<int:pk>/", certificates.CertificateDetail.as_view(), name="api-certificate"),
    path("bars/", discipline.BarList.as_view(), name="api-bars"),
    path("token/", TokenView.as_view(), name="token"),
    path("rules/window/", api_rules.WindowView.as_view(), name="rules-window"),
    path("rules/deadlines/", api_rules.DeadlinesView.as_view(), name="rules-deadlines"),
    path("rules/document/", api_rules.DocumentView.as_view(), name="rules-document"),
    path("rules/eligibility/", api_rules.EligibilityView.as_view(), name="rules-eligibility"),
    path("rules/fee/", api_rules.FeeView.as_view(), name="rules-fee"),
    path("rules/retake/", api_rules.RetakeView.as_view(), name="rules-retake"),
    path("rules/sanction/", api_rules.SanctionView.as_view(), name="rules-sanction"),
    # keep last: whatever is asked under /api/v1/ is answered as a problem document
    re_path(r"^(?:.*/)?$", api_docs.NothingHere.as_view()),
]
