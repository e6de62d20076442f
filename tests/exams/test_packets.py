"""What the site gets: every ticket of the day, a roster, hashes; and who received it."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import tracemalloc
import zipfile
from datetime import date
from pathlib import Path

import pikepdf
import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.urls import reverse
from python_calamine import CalamineWorkbook

from exams.enums import TicketStatus
from exams.models import AdmissionTicket, Site, TicketPacket, TicketVersion
from exams.services import day_board, packet_files, tickets
from exams.services.packet_files import UNLISTED, Paper
from exams.services.packets import contents, deposit, make_packet, tell_passphrase
from exams.services.sittings import change_sitting
from exams.services.ticket_answers import confirm, dispute, unanswered
from kupasi import sealed_zip
from kupasi.audit.models import Entry as Line
from kupasi.errors import Refusal
from kupasi.people.models import User
from kupasi.people.storage import private_storage
from tests.builders import a_candidate, a_user, act, at, signed_in

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


def opened(packet: TicketPacket) -> dict[str, bytes]:
    """What is in a packet, by name."""
    with packet.file.open("rb") as file:
        return {one: sealed_zip.read(file, one, passphrase=packet.passphrase) for one in sealed_zip.names(file)}


def test_a_packet_holds_every_ticket_and_every_hash_fits(session: Session, clerk: User) -> None:
    packet = packed(clerk)
    archive = opened(packet)
    listed = dict(line.split("  ", 1)[::-1] for line in archive["SHA256SUMS.txt"].decode().splitlines())
    assert packet.tickets == len(contents(packet)) == 3
    assert listed == {
        name: hashlib.sha256(content).hexdigest() for name, content in archive.items() if name not in UNLISTED
    }


def test_a_packet_of_any_size_is_written_without_standing_in_memory(session: Session, clerk: User) -> None:
    version, content = TicketVersion.objects.all()[0], os.urandom(512 << 10)
    version.file.save("ticket.pdf", ContentFile(content), save=False)
    TicketVersion.objects.filter(pk=version.pk).update(
        file=version.file.name, sha256=hashlib.sha256(content).hexdigest()
    )
    each = (TicketVersion.objects.get(pk=version.pk) for _ in range(120))
    papers = [Paper(one.ticket_id, f"{number:012}", one) for number, one in enumerate(each)]
    with private_storage.scratch() as out:
        tracemalloc.start()
        by = act(clerk, "2025-07-11T10:00")
        packet_files.pack(Site.objects.get(), on=DAY, papers=papers, passphrase="abcd", by=by, out=out)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert out.seek(0, io.SEEK_END) > 60 << 20
    assert peak < 30 << 20


def test_each_packet_has_a_passphrase_of_its_own_and_no_other_opens_it(session: Session, clerk: User) -> None:
    packet = packed(clerk)
    with packet.file.open("rb") as file, pytest.raises(sealed_zip.WrongPassphraseError):
        sealed_zip.read(file, "roster.xlsx", passphrase=packet_files.make_passphrase())
    assert re.fullmatch(r"([2-9a-z]{4}-){5}[2-9a-z]{4}", packet.passphrase)


def test_the_passphrase_is_not_readable_in_the_database(session: Session, clerk: User) -> None:
    packet = packed(clerk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT passphrase FROM exams_ticketpacket")
        stored = cursor.fetchone()[0]
    assert stored
    assert packet.passphrase not in stored


def test_the_passphrase_is_told_with_a_reason_and_each_look_is_recorded(session: Session, clerk: User) -> None:
    packet = packed(clerk)
    with pytest.raises(Refusal) as refused:
        tell_passphrase(packet.pk, by=act(clerk), reason=" ")
    assert refused.value.code == "no_reason"
    assert tell_passphrase(packet.pk, by=act(clerk), reason="电话告知考核点") == packet.passphrase
    line = Line.objects.get(action="packet.passphrase_shown")
    assert (line.reason, line.actor_id) == ("电话告知考核点", clerk.pk)
    assert packet.passphrase not in str(line.after)


def unpacked(packet: TicketPacket, folder: Path) -> Path:
    for name, content in opened(packet).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def told_by_openssl(folder: Path) -> int:
    """The way that the README of the packet gives, word for word."""
    readme = (folder / "README.txt").read_text()
    steps = [
        one.split("：", 1)[-1].strip() for one in readme.splitlines() if "printf" in one or "openssl pkeyutl" in one
    ]
    return subprocess.run(["bash", "-ec", "\n".join(steps)], cwd=folder, capture_output=True).returncode


def test_the_list_is_signed_and_common_tools_check_it(session: Session, clerk: User, tmp_path: Path) -> None:
    folder = unpacked(packed(clerk), tmp_path)
    assert subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS.txt"], cwd=folder).returncode == 0
    assert told_by_openssl(folder) == 0


def test_a_list_that_somebody_changed_does_not_verify(session: Session, clerk: User, tmp_path: Path) -> None:
    folder = unpacked(packed(clerk), tmp_path)
    listed = folder / "SHA256SUMS.txt"
    listed.write_text(listed.read_text().replace("a", "b", 1))
    assert told_by_openssl(folder) != 0


def test_the_paper_roster_holds_each_photo_once(session: Session, clerk: User) -> None:
    with pikepdf.open(io.BytesIO(opened(packed(clerk))["roster.pdf"])) as pdf:
        assert len(pdf.pages) == 2  # a page for each sitting of three people


def test_the_roster_holds_text_only_and_masked_numbers(session: Session, clerk: User) -> None:
    data = opened(packed(clerk))["roster.xlsx"]
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


def test_whoever_has_not_confirmed_stays_on_the_call_list_when_the_packet_is_at_the_site(
    session: Session, clerk: User
) -> None:
    asked, answered, _ = AdmissionTicket.objects.order_by("pk")
    confirm(answered.pk, by=act(when="2025-07-10T09:00"))
    packet = deposit(packed(clerk).pk, by=act(clerk, "2025-07-11T15:00"), received_by="王老师")
    assert answered.pk not in {one.pk for one in unanswered(date(2025, 7, 11))}
    assert asked.pk in {one.pk for one in unanswered(date(2025, 7, 11))}
    (site,) = day_board.site_days([DAY], at=at("2025-07-12T08:00"))
    assert (site.packet, site.unconfirmed, next(iter(day_board.sessions(date(2025, 7, 11)))).unconfirmed) == (
        packet,
        2,
        2,
    )
    confirm(asked.pk, by=act(clerk, "2025-07-11T16:00"))
    assert unanswered(date(2025, 7, 11)).count() == 1


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
