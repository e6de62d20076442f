"""The office's pages for rooms, sittings, seats, tickets and packets."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client

from exams.enums import EntryStatus, TicketStatus
from exams.models import AdmissionTicket, Entry, PrintRun, Room, Sitting, TicketPacket
from exams.services import prints, ticket_answers, tickets
from kupasi.audit.models import Entry as AuditEntry
from kupasi.people.models import User
from kupasi.queues import registry
from tests.builders import a_user, act, at

from .seating import Session, a_session, enrolled, seat_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
BY = act(when="2025-07-09T08:00", job="issue-tickets")


def desk(user: User) -> Client:
    """Somebody of the office, signed in, with a second factor."""
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def session(notice: None) -> Session:
    return a_session()


@pytest.fixture
def issued(session: Session) -> AdmissionTicket:
    entry = enrolled(session)
    seat_all(session)
    tickets.issue(entry.pk, by=BY)
    return AdmissionTicket.objects.get()


def typed(session: Session, **more: Any) -> dict[str, Any]:
    """A sitting as it is typed in."""
    return {
        "exam_session": session.row.pk,
        "subject": session.subjects[0].pk,
        "room": session.room.pk,
        "starts_at_0": "2025-07-13",
        "starts_at_1": "09:00",
        "ends_at_0": "2025-07-13",
        "ends_at_1": "11:00",
        "capacity": 20,
    } | more


@time_machine.travel(at("2025-06-20T10:00"), tick=False)
def test_a_clerk_makes_a_sitting_and_is_told_why_not(session: Session, clerk: User) -> None:
    client = desk(clerk)
    refused = client.post("/admin/exams/sitting/add/", typed(session, capacity=99))
    assert "名额须在 1 至该考场座位数 40 之间" in refused.content.decode()
    marker = a_user("invigilator")
    assert client.post("/admin/exams/sitting/add/", typed(session, invigilators=[marker.pk])).status_code == 302
    sitting = Sitting.objects.get(on="2025-07-13")
    assert list(sitting.invigilators.all()) == [marker]
    actions = AuditEntry.objects.filter(object_id=str(sitting.pk)).values_list("action", flat=True)
    assert set(actions) >= {"sitting.created", "sitting.staffed"}


@time_machine.travel(at("2025-07-05T10:00"), tick=False)
def test_a_sitting_is_not_dated_back_and_takes_the_whole_room_unless_told(session: Session, clerk: User) -> None:
    client = desk(clerk)
    late = client.post("/admin/exams/sitting/add/", typed(session, starts_at_0="2025-07-04", ends_at_0="2025-07-04"))
    assert "这个时间已经过去" in late.content.decode()
    assert client.post("/admin/exams/sitting/add/", typed(session, capacity="")).status_code == 302
    assert Sitting.objects.get(on="2025-07-13").capacity == session.room.capacity


@time_machine.travel(at("2025-07-05T10:00"), tick=False)
def test_only_sessions_ahead_and_their_subjects_are_offered_and_taken(session: Session, clerk: User) -> None:
    client, add = desk(clerk), "/admin/exams/sitting/add/"
    past = a_session(on="2025-06-14", room="二").row
    other = a_session(occupation="model-application", room="三")
    form = client.get(add).context["adminform"].form
    assert set(form.fields["exam_session"].queryset) == {session.row, other.row}
    own = client.get(add, {"exam_session": session.row.pk}).context["adminform"].form
    assert list(own.fields["subject"].queryset) == session.subjects
    gone = client.post(add, typed(session, exam_session=past.pk)).context["adminform"].form.errors.as_data()
    assert gone["exam_session"][0].code == "invalid_choice"
    wrong = client.post(add, typed(session, subject=other.subjects[0].pk)).context["adminform"].form
    assert "不属于这个场次的职业" in str(wrong.errors)
    assert f'data-occupation="{session.row.occupation_id}"' in str(form["exam_session"])


def test_changing_a_sitting_asks_for_a_reason(session: Session, clerk: User) -> None:
    client, sitting = desk(clerk), session.sittings[0]
    path = f"/admin/exams/sitting/{sitting.pk}/change/"
    with time_machine.travel(at("2025-07-01T10:00"), tick=False):
        given = typed(session, starts_at_0="2025-07-12", ends_at_0="2025-07-12", ends_at_1="10:30")
        assert client.post(path, given).status_code == 200
        assert client.post(path, given | {"reason": "缩短"}).status_code == 302
    sitting.refresh_from_db()
    assert sitting.ends_at == at("2025-07-12T10:30")


def test_markers_are_named_after_the_exam_without_a_reason(session: Session, clerk: User) -> None:
    client, sitting, marker = desk(clerk), session.sittings[0], a_user("marker")
    same = typed(session, starts_at_0="2025-07-12", ends_at_0="2025-07-12", capacity=30, markers=[marker.pk])
    path = f"/admin/exams/sitting/{sitting.pk}/change/"
    with time_machine.travel(at("2025-07-14T10:00"), tick=False):
        assert client.post(path, same).status_code == 302
        late = client.post(path, same | {"capacity": 31, "reason": "加座"})
    assert "不能再调整" in late.content.decode()
    assert list(sitting.markers.all()) == [marker]


def test_a_session_is_previewed_and_seated_exactly_so(session: Session, clerk: User) -> None:
    enrolled(session)
    waiting = enrolled(session, papers=False)
    client, path = desk(clerk), f"/admin/exams/sitting/seating/{session.row.pk}/"
    with time_machine.travel(at("2025-07-01T10:00"), tick=False):
        assert client.get("/admin/exams/sitting/seating/").status_code == 200
        page = client.get(path)
        assert "可排 1 人，1 人暂不能排" in page.content.decode()
        assert "报名表原件未收到" in page.content.decode()
        client.post(path, {"digest": "other"})
        assert not Entry.objects.filter(status=EntryStatus.SEATED).exists()
        client.post(path, {"digest": page.context["preview"].digest})
    waiting.refresh_from_db()
    assert Entry.objects.filter(status=EntryStatus.SEATED).count() == 1
    assert waiting.status == EntryStatus.ENROLLED


def test_those_who_only_read_change_nothing(session: Session) -> None:
    client = desk(a_user("auditor"))
    assert client.get("/admin/exams/sitting/").status_code == 200
    assert client.get("/admin/exams/sitting/add/").status_code == 403
    assert client.post(f"/admin/exams/sitting/seating/{session.row.pk}/", {"digest": "x"}).status_code == 403
    assert client.post("/admin/exams/ticketpacket/make/", {}).status_code == 403


def test_those_who_only_read_are_offered_no_door(session: Session) -> None:
    client = desk(a_user("supervisor"))
    doors = {"sitting": "seating/", "ticketpacket": "ticketpacket/make/", "resultflag": "/exams/publications/"}
    for page, door in doors.items():
        assert door not in client.get(f"/admin/exams/{page}/").content.decode()
    assert "certificate/find/" not in client.get("/admin/certificates/certificate/").content.decode()
    seat_all(session)
    sitting = Sitting.objects.all()[0]
    assert "Reason" not in client.get(f"/admin/exams/sitting/{sitting.pk}/change/").content.decode()


def test_a_room_does_not_become_smaller_than_what_is_planned_in_it(session: Session, clerk: User) -> None:
    given = {"site": session.room.site_id, "name": session.room.name, "capacity": 10, "is_active": "on"}
    page = desk(clerk).post(f"/admin/exams/room/{session.room.pk}/change/", given)
    assert "座位数不能更少" in page.content.decode()
    assert Room.objects.get().capacity == 40


def test_a_report_is_answered_and_a_call_recorded(issued: AdmissionTicket, clerk: User) -> None:
    client, path = desk(clerk), f"/admin/exams/admissionticket/{issued.pk}/"
    ticket_answers.dispute(issued.pk, by=BY, text="照片不对")
    assert "照片不对" in client.get(f"{path}change/").content.decode()
    assert client.post(f"{path}answer/", {"answer": "已核对，照片无误。"}).status_code == 302
    client.post(f"{path}confirm/")
    issued.refresh_from_db()
    assert issued.status == TicketStatus.CONFIRMED


def test_seats_are_taken_back_with_a_reason(issued: AdmissionTicket, clerk: User) -> None:
    client, path = desk(clerk), f"/admin/exams/entry/{issued.entry_id}/"
    assert "收回座位" in client.get(f"{path}change/").content.decode()
    assert client.post(f"{path}unseat/", {"reason": ""}).status_code == 200
    assert client.post(f"{path}unseat/", {"reason": "设备故障"}).status_code == 302
    issued.refresh_from_db()
    assert issued.status == TicketStatus.REVOKED


def test_a_packet_is_made_fetched_and_received(issued: AdmissionTicket, session: Session, clerk: User) -> None:
    client = desk(clerk)
    client.post("/admin/exams/ticketpacket/make/", {"site": session.room.site_id, "on": "2025-07-12"})
    prints.work(PrintRun.objects.get().pk, by=BY, now=lambda: BY.at)
    packet = TicketPacket.objects.get()
    assert client.get(f"/admin/exams/ticketpacket/{packet.pk}/file/").getvalue().startswith(b"PK")
    deposited = client.post(f"/admin/exams/ticketpacket/{packet.pk}/deposit/", {"received_by": "王老师"})
    assert deposited.status_code == 302
    issued.refresh_from_db()
    assert issued.status == TicketStatus.DEPOSITED
    assert "王老师" in client.get("/admin/exams/ticketpacket/").content.decode()


def test_the_queues_hold_what_waits(issued: AdmissionTicket, session: Session, clerk: User) -> None:
    waiting = enrolled(session)
    with time_machine.travel(at("2025-07-11T10:00"), tick=False):
        assert list(registry["to-seat"].rows(clerk)) == [waiting]
        assert list(registry["tickets-unconfirmed"].rows(clerk)) == [issued]
        assert "准考证未确认" in desk(clerk).get("/admin/exams/admissionticket/?queue=call").content.decode()
    ticket_answers.dispute(issued.pk, by=BY, text="照片不对")
    assert list(registry["tickets-disputed"].rows(clerk)) == [issued]


def test_what_the_office_opens_is_recorded_and_it_cannot_answer(issued: AdmissionTicket, clerk: User) -> None:
    client = desk(clerk)
    assert client.get(f"/exams/tickets/{issued.pk}/file/").status_code == 200
    assert AuditEntry.objects.filter(action="ticket.read", actor=clerk).count() == 1
    assert client.post(f"/exams/tickets/{issued.pk}/confirm/", {"version": 1}).status_code == 404
