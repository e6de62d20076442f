"""The holder's page, the paper behind it, and the same over HTTP."""

from __future__ import annotations

import pytest
from django.test import Client

from exams.enums import TicketStatus
from exams.models import AdmissionTicket
from exams.services import tickets
from kupasi.audit.models import Entry as AuditEntry
from tests.builders import a_candidate, a_user, act

from .seating import a_session, enrolled, seat_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
BY = act(when="2025-07-09T08:00", job="issue-tickets")


@pytest.fixture
def ticket(notice: None) -> AdmissionTicket:
    session = a_session()
    entry = enrolled(session)
    seat_all(session)
    tickets.issue(entry.pk, by=BY)
    return AdmissionTicket.objects.select_related("entry__candidate__user").get()


@pytest.fixture
def holder(ticket: AdmissionTicket, client: Client) -> Client:
    client.force_login(ticket.entry.candidate.user)
    return client


def url(ticket: AdmissionTicket, more: str = "") -> str:
    return f"/exams/tickets/{ticket.pk}/{more}"


def test_the_holder_sees_the_arrangement_and_confirms(holder: Client, ticket: AdmissionTicket) -> None:
    page = holder.get(url(ticket)).content.decode()
    assert all(words in page for words in ("2025年7月12日 周六", "09:00–11:00", "第一考场", "无误，我确认"))
    holder.post(url(ticket, "confirm/"), {"version": 1})
    ticket.refresh_from_db()
    assert ticket.status == TicketStatus.CONFIRMED
    assert "已确认" in holder.get(url(ticket)).content.decode()


def test_confirming_without_saying_what_was_seen_confirms_nothing(holder: Client, ticket: AdmissionTicket) -> None:
    holder.post(url(ticket, "confirm/"), {"version": "x"})
    ticket.refresh_from_db()
    assert ticket.status == TicketStatus.SENT


def test_the_holder_reports_an_error(holder: Client, ticket: AdmissionTicket) -> None:
    assert holder.post(url(ticket, "dispute/"), {"version": 1, "text": ""}).status_code == 200
    assert holder.post(url(ticket, "dispute/"), {"version": 1, "text": "照片不是我"}).status_code == 302
    ticket.refresh_from_db()
    assert (ticket.status, ticket.dispute) == (TicketStatus.DISPUTED, "照片不是我")


def test_the_paper_opens_for_its_holder(holder: Client, ticket: AdmissionTicket) -> None:
    answer = holder.get(url(ticket, "file/"))
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("more", ["", "file/", "dispute/"])
def test_another_persons_ticket_is_not_found(client: Client, ticket: AdmissionTicket, more: str) -> None:
    client.force_login(a_candidate().user)
    assert client.get(url(ticket, more)).status_code == 404
    assert client.post(url(ticket, "confirm/"), {"version": 1}).status_code == 404


def test_a_visitor_is_asked_to_sign_in(client: Client, ticket: AdmissionTicket) -> None:
    assert client.get(url(ticket)).status_code == 302


def test_the_api_shows_ones_own_rows_only(holder: Client, ticket: AdmissionTicket) -> None:
    answer = holder.get("/api/v1/tickets/").json()
    assert [one["number"] for one in answer["results"]] == [ticket.number]
    assert answer["results"][0]["arrangement"][0]["room"] == "第一考场"
    entries = holder.get("/api/v1/entries/").json()["results"]
    assert [one["seats"][0]["number"] for one in entries] == [1]
    other = Client()
    other.force_login(a_candidate().user)
    assert other.get("/api/v1/tickets/").json()["count"] == 0
    assert other.get(f"/api/v1/tickets/{ticket.pk}/").status_code == 404
    assert other.get(f"/api/v1/entries/{ticket.entry_id}/").status_code == 404


def test_the_api_confirms_and_disputes(holder: Client, ticket: AdmissionTicket) -> None:
    path = f"/api/v1/tickets/{ticket.pk}/"
    stale = holder.post(f"{path}confirm/", {"version": 9}, content_type="application/json")
    assert (stale.status_code, stale.json()["code"]) == (409, "stale")
    assert holder.post(f"{path}confirm/", {}, content_type="application/json").json()["status"] == "confirmed"
    told = holder.post(f"{path}dispute/", {"text": "姓名有误"}, content_type="application/json")
    assert told.json()["status"] == "disputed"
    assert AuditEntry.objects.filter(action="ticket.disputed").count() == 1


def test_a_marker_sees_no_tickets(ticket: AdmissionTicket) -> None:
    assert not AdmissionTicket.objects.visible_to(a_user("marker")).exists()
