"""The site's backup for a day: made, handed over, its passphrase told (通知 二(五); rules K1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import IO, BinaryIO, cast

from django.core.files import File
from django.db import transaction

from exams.enums import EntryStatus, TicketStatus
from exams.models import AdmissionTicket, Site, TicketPacket, TicketVersion
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.storage import private_storage

from . import entries, packet_files
from .packet_files import VALID, Paper

DEPOSITABLE = frozenset({TicketStatus.SENT, TicketStatus.CONFIRMED})
CLAUSE = "通知 二(五)"


def make_packet(
    site_id: int, *, on: date, by: Act, progress: Callable[[int, int], None] = packet_files.silent
) -> TicketPacket:
    """Pack what a site needs for a day, stored encrypted; the same tickets again return the packet that is there.

    The packing takes its time, so it happens outside any transaction; what changed meanwhile is noticed before the
    packet is kept. Refuses with `no_tickets`, `stale`, `storage_full`.
    """
    site = Site.objects.get(pk=site_id)
    papers = expect_tickets(site, on=on)
    if last := _newest(site, on=on, papers=papers):
        return last
    passphrase = packet_files.make_passphrase()
    with private_storage.scratch() as packed:
        packet_files.pack(site, on=on, papers=papers, passphrase=passphrase, by=by, out=packed, progress=progress)
        packed.flush()
        return _keep(site, packed, papers, on=on, passphrase=passphrase, by=by)


@transaction.atomic
def _keep(site: Site, packed: BinaryIO, papers: list[Paper], *, on: date, passphrase: str, by: Act) -> TicketPacket:
    Site.objects.select_for_update().get(pk=site.pk)
    if last := _newest(site, on=on, papers=papers):  # another worker was faster
        return last
    if [paper.name for paper in _papers(site, on=on)] != [paper.name for paper in papers]:
        raise Refusal("stale", "打包时准考证有更新，请重新制作备份包。", CLAUSE)
    packet = TicketPacket(site=site, on=on, tickets=len(papers), made_at=by.at, made_by=by.person)
    packet.sha256, packet.passphrase = packet_files.sha256_of(packed), passphrase
    packet.file.save("packet.zip", File(packed), save=False)
    packet.save(force_insert=True)
    record(by, "packet.made", packet, after={"tickets": len(papers), "sha256": packet.sha256})
    return packet


def expect_tickets(site: Site, *, on: date) -> list[Paper]:
    """The papers of a packet. Refuses with `no_tickets` when there are none yet."""
    papers = _papers(site, on=on)
    if not papers:
        raise Refusal("no_tickets", "该考核点这一天还没有制作好的准考证，请在制证日之后再打包。", CLAUSE)
    return papers


def _newest(site: Site, *, on: date, papers: list[Paper]) -> TicketPacket | None:
    """The newest packet of the day when it holds exactly these papers."""
    last = TicketPacket.objects.filter(site=site, on=on).order_by("-pk").first()
    same = last is not None and contents(last) == [paper.name for paper in papers]
    return last if same else None


def contents(packet: TicketPacket) -> list[str]:
    """The tickets that a packet holds, as its own list names them."""
    with packet.file.open("rb") as file:
        return packet_files.listed_tickets(cast("IO[bytes]", file), passphrase=packet.passphrase)


@transaction.atomic
def tell_passphrase(packet_id: int, *, by: Act, reason: str) -> str:
    """The words that open a packet, for whoever hands it over; each look is recorded with its reason.

    Refuses with `no_reason`, `no_passphrase` for a packet that was made before there were any.
    """
    if not reason.strip():
        raise Refusal("no_reason", "请写明为什么查看，例如向考核点的谁告知。", CLAUSE)
    packet = TicketPacket.objects.select_for_update().get(pk=packet_id)
    if not packet.passphrase:
        raise Refusal("no_passphrase", "这个备份包没有口令，请重新制作。", CLAUSE)
    record(by, "packet.passphrase_shown", packet, reason=reason.strip())
    return packet.passphrase


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
