"""The site's backup for a day: every ticket, a roster and a list of hashes in one file (通知 二(五); rules K1)."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from datetime import date

import xlsxwriter
from django.core.files.base import ContentFile
from django.db import transaction

from exams.enums import EntryStatus, TicketStatus
from exams.models import AdmissionTicket, Seat, Site, TicketPacket, TicketVersion
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.clock import SHANGHAI
from kupasi.errors import Refusal
from kupasi.people.masking import mask_document
from kupasi.people.models import IdentityDocument

from . import entries

VALID = frozenset({TicketStatus.SENT, TicketStatus.CONFIRMED, TicketStatus.DISPUTED, TicketStatus.DEPOSITED})
DEPOSITABLE = frozenset({TicketStatus.SENT, TicketStatus.CONFIRMED})
LIST_NAME, ROSTER_NAME = "SHA256SUMS.txt", "roster.xlsx"
COLUMNS = ("科目", "开始", "考场", "座位", "准考证号", "版本", "姓名", "证件号码（遮盖）", "确认情况")
WIDTHS = (12, 8, 16, 8, 16, 6, 16, 22, 12)


@dataclass(frozen=True, slots=True)
class Paper:
    """One ticket of a packet: the newest version of a number."""

    ticket_id: int
    number: str
    version: TicketVersion

    @property
    def name(self) -> str:
        """Its name inside the packet."""
        return f"tickets/{self.number}-v{self.version.version}.pdf"


@transaction.atomic
def make_packet(site_id: int, *, on: date, by: Act) -> TicketPacket:
    """Pack what a site needs for a day, stored encrypted; the same tickets again return the packet that is there.

    Refuses with `no_tickets`.
    """
    site = Site.objects.select_for_update().get(pk=site_id)
    papers = _papers(site, on=on)
    if not papers:
        raise Refusal("no_tickets", "该考核点这一天还没有制作好的准考证，请在制证日之后再打包。", "通知 二(五)")
    listed = _listed(papers)
    last = TicketPacket.objects.filter(site=site, on=on).order_by("-pk").first()
    if last is not None and contents(last) == [paper.name for paper in papers]:
        return last
    packed = _pack(papers, listed, roster=_roster(site, on=on))
    packet = TicketPacket(site=site, on=on, tickets=len(papers), made_at=by.at, made_by=by.person)
    packet.sha256 = hashlib.sha256(packed).hexdigest()
    packet.file.save("packet.zip", ContentFile(packed), save=False)
    packet.save(force_insert=True)
    record(by, "packet.made", packet, after={"tickets": len(papers), "sha256": packet.sha256})
    return packet


def contents(packet: TicketPacket) -> list[str]:
    """The tickets that a packet holds, as its own list names them."""
    with packet.file.open("rb") as file, zipfile.ZipFile(io.BytesIO(file.read())) as archive:
        lines = archive.read(LIST_NAME).decode().splitlines()
    return [name for name in (line.split("  ", 1)[1] for line in lines) if name.startswith("tickets/")]


@transaction.atomic
def deposit(packet_id: int, *, by: Act, received_by: str) -> TicketPacket:
    """Record who at the site received the packet; its tickets are deposited, reports of errors stay open.

    Refuses with `no_receiver`, `stale` when a ticket has changed since the packet was made.
    """
    receiver = received_by.strip()
    if not receiver or len(receiver) > 50:
        raise Refusal("no_receiver", "请填写考核点接收人的姓名（50 字以内）。")
    packet = TicketPacket.objects.select_for_update(of=("self",)).select_related("site").get(pk=packet_id)
    if packet.deposited_at is not None:
        return packet
    papers = _papers(packet.site, on=packet.on)
    if contents(packet) != [paper.name for paper in papers]:
        raise Refusal("stale", "打包之后准考证有更新，请重新打包后再送达。", "本单位规定：准考证更新")
    rows = AdmissionTicket.objects.select_for_update().filter(pk__in=[paper.ticket_id for paper in papers])
    for ticket in rows.order_by("pk"):
        if ticket.status in DEPOSITABLE:
            entries.move_ticket(ticket, TicketStatus.DEPOSITED, by=by, action="ticket.deposited")
    packet.deposited_at, packet.deposited_to = by.at, receiver
    packet.save(update_fields=["deposited_at", "deposited_to"])
    record(by, "packet.deposited", packet, after={"tickets": len(papers)})
    return packet


def _papers(site: Site, *, on: date) -> list[Paper]:
    """The newest papers of everybody who sits at the site on the day, in order of their numbers."""
    rows = AdmissionTicket.objects.filter(
        entry__seats__sitting__room__site=site,
        entry__seats__sitting__on=on,
        entry__status__in=[EntryStatus.TICKETED, EntryStatus.SAT],
        status__in=VALID,
    )
    numbers = dict(rows.values_list("pk", "number"))
    newest = dict(rows.values_list("pk", "version"))
    versions = TicketVersion.objects.filter(ticket__in=numbers).select_related("ticket")
    found = [one for one in versions if newest[one.ticket_id] == one.version]
    papers = [Paper(one.ticket_id, numbers[one.ticket_id], one) for one in found]
    return sorted(papers, key=lambda paper: paper.number)


def _listed(papers: list[Paper]) -> list[tuple[str, str]]:
    return [(paper.version.sha256, paper.name) for paper in papers]


def _pack(papers: list[Paper], listed: list[tuple[str, str]], *, roster: bytes) -> bytes:
    """The zip: PDFs are stored as they are, each checked against its hash while it is packed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for paper in papers:
            with paper.version.file.open("rb") as file:
                content = file.read()
            if hashlib.sha256(content).hexdigest() != paper.version.sha256:
                raise Refusal("damaged", f"准考证 {paper.number} 的文件与登记的校验值不符，请联系系统管理员。")
            archive.writestr(paper.name, content)
        archive.writestr(ROSTER_NAME, roster)
        lines = [*listed, (hashlib.sha256(roster).hexdigest(), ROSTER_NAME)]
        archive.writestr(LIST_NAME, "".join(f"{digest}  {name}\n" for digest, name in lines))
    return out.getvalue()


def _roster(site: Site, *, on: date) -> bytes:
    """Who sits where, one row per seat; every cell is text, so that no name is ever a formula."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名单")
        head, cell = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "@"})
        for column, (title, width) in enumerate(zip(COLUMNS, WIDTHS, strict=True)):
            sheet.set_column(column, column, width, cell)
            sheet.write_string(0, column, title, head)
        for line, values in enumerate(_rows(site, on=on), start=1):
            for column, value in enumerate(values):
                sheet.write_string(line, column, value, cell)
        sheet.freeze_panes(1, 0)
    return out.getvalue()


def _rows(site: Site, *, on: date) -> list[tuple[str, ...]]:
    seats = Seat.objects.filter(
        sitting__room__site=site, sitting__on=on, entry__ticket__status__in=VALID, entry__ticket__version__gte=1
    )
    seats = seats.select_related("entry__candidate", "entry__ticket", "subject", "sitting__room")
    candidates = [seat.entry.candidate_id for seat in seats]
    documents = {
        one.candidate_id: mask_document(one.number)
        for one in IdentityDocument.objects.filter(candidate__in=candidates, is_primary=True)
    }
    rows: list[tuple[str, ...]] = []
    for seat in seats.order_by("sitting__starts_at", "sitting__room__name", "number"):
        ticket, sitting = seat.entry.ticket, seat.sitting
        if sitting is None:
            continue
        starts = f"{sitting.starts_at.astimezone(SHANGHAI):%H:%M}"
        where = (seat.subject.name, starts, sitting.room.name, f"{seat.subject.seat_word} {seat.number}")
        person = (seat.entry.candidate.name, documents.get(seat.entry.candidate_id, ""))
        said = TicketStatus(ticket.status).label
        rows.append((*where, ticket.number, str(ticket.version), *person, said))
    return rows
