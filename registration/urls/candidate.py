"""Addresses of the candidate's pages; none holds anything personal but a row's key."""

from __future__ import annotations

from django.urls import path, register_converter

from registration.enums import Step
from registration.views import candidate, candidate_steps, changes, retakes


class StepConverter:
    """One of the four steps."""

    regex = "|".join(step.value for step in Step)

    def to_python(self, value: str) -> Step:
        return Step(value)

    def to_url(self, value: str) -> str:
        return str(value)


register_converter(StepConverter, "step")

ONE = "me/applications/<int:pk>/"
urlpatterns = [
    path("me/", candidate.me, name="me"),
    path("me/apply/", candidate_steps.begin, name="apply"),
    path("me/retakes/<slug:code>/", retakes.begin, name="retake"),
    path(ONE, candidate.application, name="application"),
    path(ONE + "change/", changes.change, name="application-change"),
    path(ONE + "continue/", candidate_steps.go_on, name="apply-continue"),
    path(ONE + "<step:step>/", candidate_steps.step, name="apply-step"),
    path(ONE + "preview/", candidate_steps.preview, name="apply-preview"),
    path(ONE + "submitted/", candidate.done, name="apply-done"),
    path(ONE + "withdraw/", candidate.withdraw, name="application-withdraw"),
    path(ONE + "form.pdf", candidate.form_pdf, name="application-form"),
    path(ONE + "next.ics", candidate.calendar_file, name="application-ics"),
]
