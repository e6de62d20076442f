"""What the site gets: every ticket of the day, a roster, hashes; and who received it."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import date

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from exams.enums import TicketStatus
from exams.models import AdmissionTicket, Site, TicketPacket
from exams.services import tickets
from exams.services.packets import contents, deposit, make_packet
from exams.services.sittings import change_sitting
from exams.services.ticket_answers import confirm, dispute
from kupasi.errors import Refusal
from kupasi.people.models import User
from tests.builders import a_candidate, a_user, act, signed_in

from .seating import Session, a_room, a_session, enrolled, seat_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
BY = act(when="2025-07-09T08:00", job="issue-tickets")
DAY = date(2025, 7, 12)


@pytest.fixture
def session(notice: None) -> Session:
    session = a_session()
    for name in ("=cmd|'/c calc'!A1", "测试乙", "测试丙"):
        enrolled(session, person=a_candidate(name=name))
    seat_all(session)
    for entry_id in tickets.due(date(2025, 7, 9)):
        tickets.issue(entry_id, by=BY)
    return session


def packed(clerk: User) -> TicketPacket:
    return make_packet(Site.objects.get().pk, on=DAY, by=act(clerk, "2025-07-11T10:00"))


def opened(packet: TicketPacket) -> zipfile.ZipFile:
    with packet.file.open("rb") as file:
        return zipfile.ZipFile(io.BytesIO(file.read()))


def test_a_packet_holds_every_ticket_and_every_hash_fits(session: Session, clerk: User) -> None:
    packet = packed(clerk)
    archive = opened(packet)
    listed = dict(line.split("  ", 1)[::-1] for line in archive.read("SHA256SUMS.txt").decode().splitlines())
    assert packet.tickets == len(contents(packet)) == 3
    assert listed == {
        name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist() if name != "SHA256SUMS.txt"
    }


def test_the_roster_holds_text_only_and_masked_numbers(session: Session, clerk: User) -> None:
    data = opened(packed(clerk)).read("roster.xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert len(rows) == 1 + 3 * 2
    assert {row[6] for row in rows[1:]} == {"=cmd|'/c calc'!A1", "测试乙", "测试丙"}
    assert all("***" in str(row[7]) for row in rows[1:])
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")


def test_the_file_is_encrypted_at_rest(session: Session, clerk: User) -> None:
    packet = packed(clerk)
    with open(packet.file.path, "rb") as raw:
        assert raw.read(2) != b"PK"


def test_packing_the_same_tickets_again_returns_the_packet(session: Session, clerk: User) -> None:
    assert packed(clerk).pk == packed(clerk).pk


def test_receiving_a_packet_deposits_its_tickets_but_open_reports_stay(session: Session, clerk: User) -> None:
    first, second, _ = AdmissionTicket.objects.order_by("pk")
    confirm(first.pk, by=BY)
    dispute(second.pk, by=BY, text="照片不对")
    packet = deposit(packed(clerk).pk, by=act(clerk, "2025-07-11T15:00"), received_by="王老师")
    assert packet.deposited_to == "王老师"
    states = list(AdmissionTicket.objects.order_by("pk").values_list("status", flat=True))
    assert states == [TicketStatus.DEPOSITED, TicketStatus.DISPUTED, TicketStatus.DEPOSITED]


def test_a_packet_with_an_older_version_is_not_deposited(session: Session, clerk: User) -> None:
    packet = packed(clerk)
    change_sitting(session.sittings[0].pk, by=BY, reason="换考场", room=a_room("第二考场"))
    for entry_id in tickets.due(date(2025, 7, 11)):
        tickets.issue(entry_id, by=BY)
    with pytest.raises(Refusal) as refused:
        deposit(packet.pk, by=act(clerk, "2025-07-11T15:00"), received_by="王老师")
    assert refused.value.code == "stale"
    assert packed(clerk).pk != packet.pk


def test_a_packet_without_a_receiver_or_without_tickets_is_refused(session: Session, clerk: User) -> None:
    with pytest.raises(Refusal) as refused:
        deposit(packed(clerk).pk, by=act(clerk), received_by=" ")
    assert refused.value.code == "no_receiver"
    with pytest.raises(Refusal) as refused:
        make_packet(Site.objects.get().pk, on=date(2025, 7, 13), by=act(clerk))
    assert refused.value.code == "no_tickets"


def test_whoever_only_reads_is_offered_no_door(session: Session, clerk: User) -> None:
    packed(clerk)
    page = reverse("admin:exams_ticketpacket_changelist")
    assert "下载" in signed_in(clerk).get(page).content.decode()
    assert "下载" not in signed_in(a_user("auditor")).get(page).content.decode()
