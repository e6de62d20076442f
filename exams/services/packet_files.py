"""What is in a site's packet: tickets, roster on paper and as a table, the signed list of hashes, how to check it.

The zip is encrypted (AES-256) with a passphrase of its own, which travels another way than the file. The list of
hashes is signed, so that a packet that somebody changed or made up is known from one of this house, without a network.
"""

from __future__ import annotations

import hashlib
import io
import secrets
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import IO, BinaryIO

import xlsxwriter
from django.template.loader import render_to_string

from exams.enums import Sheet, TicketStatus
from exams.models import Seat, Site, TicketVersion
from kupasi import sealed_zip, signing
from kupasi.acts import Act
from kupasi.clock import SHANGHAI
from kupasi.errors import Refusal
from kupasi.people.masking import mask_document
from kupasi.people.models import IdentityDocument
from kupasi.people.storage import private_storage
from kupasi.sealed_zip import SealedZip

from . import room_papers, room_pdf

VALID = frozenset({TicketStatus.SENT, TicketStatus.CONFIRMED, TicketStatus.DISPUTED, TicketStatus.DEPOSITED})
PURPOSE = "packet"
LIST_NAME, SIGNATURE_NAME, KEY_NAME = "SHA256SUMS.txt", "SHA256SUMS.sig", "public-key.pem"
ROSTER_NAME, PICTURES_NAME, README_NAME = "roster.xlsx", "roster.pdf", "README.txt"
UNLISTED = frozenset({LIST_NAME, SIGNATURE_NAME, KEY_NAME})
PORTION = 1 << 20
STEP = 20  # papers between two looks at the progress
WORDS = "23456789abcdefghjkmnpqrstuvwxyz"  # without look-alikes; 24 of them are 119 bits
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


def silent(done: int, total: int) -> None:
    """Progress that nobody watches."""


def make_passphrase() -> str:
    """Six groups of four that can be read out over the phone."""
    return "-".join("".join(secrets.choice(WORDS) for _ in range(4)) for _ in range(6))


def pack(
    site: Site,
    *,
    on: date,
    papers: list[Paper],
    passphrase: str,
    by: Act,
    out: BinaryIO,
    progress: Callable[[int, int], None] = silent,
) -> None:
    """Write the zip to `out`, never more than one paper in memory: PDFs are stored as they are, each checked against
    its hash while it is packed. Refuses `damaged`, `storage_full`."""
    listed: list[str] = []
    archive = SealedZip(out, passphrase, at=by.at.astimezone(SHANGHAI))

    def add(name: str, content: bytes) -> None:
        archive.add(name, content)
        listed.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")

    for done, paper in enumerate(papers):
        if done % STEP == 0:
            progress(done, len(papers))
        add(paper.name, _checked(paper))
    add(ROSTER_NAME, _roster(site, on=on))
    with private_storage.scratch() as pictures:
        _draw_pictures(pictures, site, on=on, by=by)
        listed.append(f"{sha256_of(pictures)}  {PICTURES_NAME}\n")
        archive.add_from(PICTURES_NAME, _portions(pictures))
    add(README_NAME, _readme(site, on=on, count=len(papers)))
    whole = "".join(listed).encode()
    archive.add(LIST_NAME, whole)
    archive.add(SIGNATURE_NAME, signing.signature(PURPOSE, whole))
    archive.add(KEY_NAME, signing.public_pem())
    archive.close()
    progress(len(papers), len(papers))


def listed_tickets(packed: IO[bytes], *, passphrase: str) -> list[str]:
    """The tickets that a packet's own list names."""
    if passphrase:
        words = sealed_zip.read(packed, LIST_NAME, passphrase=passphrase)
    else:  # made before packets had passphrases
        with zipfile.ZipFile(packed) as archive:
            words = archive.read(LIST_NAME)
    return [name for name in (line.split("  ", 1)[1] for line in words.decode().splitlines()) if name[:8] == "tickets/"]


def _checked(paper: Paper) -> bytes:
    stored = paper.version.file  # opened past its field, which would keep every content that was ever read
    with stored.storage.open(str(stored.name)) as file:
        content = bytes(file.read())
    if hashlib.sha256(content).hexdigest() != paper.version.sha256:
        raise Refusal("damaged", f"准考证 {paper.number} 的文件与登记的校验值不符，请联系系统管理员。")
    return content


def _draw_pictures(out: BinaryIO, site: Site, *, on: date, by: Act) -> None:
    """The roster with photos, sitting by sitting."""
    sittings = room_papers.sittings_of(site, on=on)
    facts = (room_papers.gather(one, user=by.person, photos=True) for one in sittings)
    room_pdf.join((room_pdf.draw(Sheet.IDENTITY, one) for one in facts), out)


def _portions(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    return iter(lambda: file.read(PORTION), b"")


def sha256_of(file: BinaryIO) -> str:
    """The SHA-256 of a file, from its beginning."""
    total = hashlib.sha256()
    for portion in _portions(file):
        total.update(portion)
    return total.hexdigest()


def _readme(site: Site, *, on: date, count: int) -> bytes:
    context = {"site": site, "on": on, "count": count, "fingerprint": signing.fingerprint(), "purpose": PURPOSE}
    return render_to_string("exams/packets/README.txt", context).encode()


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
