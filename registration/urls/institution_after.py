"""Addresses of what an institution has of its rosters after the submission."""

from __future__ import annotations

from django.urls import path

from registration.views import (
    institution_after,
    institution_certificates,
    institution_changes,
    institution_order,
    institution_person,
    institution_webhooks,
)

ROSTER, PERSON = "rosters/<int:pk>/", "people/<int:pk>/"
urlpatterns = [
    path(ROSTER + "order/", institution_order.order, name="institution-order"),
    path(ROSTER + "invoice/", institution_order.invoice, name="institution-invoice"),
    path(ROSTER + "people.xlsx", institution_order.people, name="institution-people"),
    path(ROSTER + "tickets/", institution_after.tickets, name="institution-tickets"),
    path(ROSTER + "tickets.pdf", institution_after.tickets_pdf, name="institution-tickets-pdf"),
    path(ROSTER + "tickets.zip", institution_after.tickets_zip, name="institution-tickets-zip"),
    path(ROSTER + "results/", institution_after.results, name="institution-results"),
    path(ROSTER + "retakes/", institution_after.retakes, name="institution-retakes"),
    path(ROSTER + "certificates/", institution_certificates.certificates, name="institution-certificates"),
    path(ROSTER + "certificates.pdf", institution_certificates.signing_list, name="institution-certificates-pdf"),
    path("changes/", institution_changes.changes, name="institution-changes"),
    path("webhooks/", institution_webhooks.webhooks, name="institution-webhooks"),
    path("webhooks/<int:pk>/close/", institution_webhooks.close, name="institution-webhook-close"),
    path("webhooks/events/<int:pk>/replay/", institution_webhooks.replay, name="institution-webhook-replay"),
    path(PERSON, institution_person.person, name="institution-person"),
    path(PERSON + "withdraw/", institution_person.withdraw, name="institution-person-withdraw"),
    path(PERSON + "number/", institution_person.number, name="institution-person-number"),
]
