"""Addresses of this app."""

from __future__ import annotations

from django.urls import URLPattern, path

from discipline.views import bars, complaints, office, own, recording

urlpatterns: list[URLPattern] = [
    path("mine/", own.cases, name="my-cases"),
    path("mine/<int:pk>/", own.case, name="my-case"),
    path("mine/<int:pk>/letters/<slug:kind>/", own.letter, name="my-case-letter"),
    path("cases/", office.cases, name="cases"),
    path("cases/new/", recording.afterwards, name="case-new"),
    path("cases/<int:pk>/", office.case, name="case"),
    path("cases/<int:pk>/letters/<slug:kind>/", office.letter, name="case-letter"),
    path("cases/evidence/<int:pk>/", office.evidence_file, name="case-evidence"),
    path("cases/tasks/", office.tasks, name="case-tasks"),
    path("bars/lists/", bars.lists, name="bar-lists"),
    path("bars/lists/template.csv", bars.template, name="bar-list-template"),
    path("bars/lists/<int:pk>/", bars.one, name="bar-list"),
    path("seats/<int:pk>/record/", recording.at_seat, name="case-record"),
    path("complaints/", complaints.public, name="complain"),
    path("complaints/status/", complaints.status, name="complaint-status"),
    path("complaints/office/", complaints.office, name="complaints"),
    path("complaints/office/<int:pk>/", complaints.answer, name="complaint"),
]
