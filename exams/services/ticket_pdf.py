"""The paper of a ticket: a form laid out once, one person's words over it, photo and code placed by hand.

Laying out only what differs, in a font small enough to cut quickly, makes a ticket several times cheaper than laying
out the page; and as each file is put together from its own parts, nobody else's photo can be in it.
"""

from __future__ import annotations

import functools
import hashlib
import io
import struct
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import pikepdf
import segno
from django.template.loader import render_to_string
from PIL import Image

from exams.rules.calendar import RESULT_WORKING_DAYS
from kupasi import pdf, typeface
from kupasi.signing import sign, verify

from .settings import OfficeFacts
from .ticket_facts import TicketFacts, words_on

PURPOSE = "ticket"
TOKEN = struct.Struct(">QHQ")  # ticket number, version, ticket id
MM = 72 / 25.4
PAGE_HEIGHT = 297.0
PORTRAIT = (167.2, 38.2, 26.6, 37.4)  # left, top, width, height in mm: inside the frame of ticket.css
CODE = (134.0, 38.0, 28.0, 28.0)


@dataclass(frozen=True, slots=True)
class House:
    """What the form says that is the office's own: contacts, doors, when results come."""

    office: OfficeFacts
    doors: int = 20
    late: int = 30
    days: int = RESULT_WORKING_DAYS


@dataclass(frozen=True, slots=True)
class Holder:
    """The person on the paper: everything here is personal and goes nowhere else."""

    name: str
    document: str
    photo: bytes


@dataclass(frozen=True, slots=True)
class Edition:
    """Which ticket this is."""

    pk: int
    number: str
    version: int
    made_on: date


@dataclass(frozen=True, slots=True)
class _Place:
    name: str
    address: str


def token(edition: Edition) -> str:
    """What the code on the paper holds: number, version and id, signed, so that a door can check it offline."""
    return sign(PURPOSE, TOKEN.pack(int(edition.number), edition.version, edition.pk))


def sha256(content: bytes) -> str:
    """The hash that the site's list and the register hold of a file."""
    return hashlib.sha256(content).hexdigest()


def read_token(text: str) -> tuple[str, int, int]:
    """Number, version and id of a scanned ticket, or `kupasi.signing.Forged`."""
    number, version, pk = TOKEN.unpack(verify(PURPOSE, text))
    return f"{number:012}", version, pk


def draw(facts: TicketFacts, *, holder: Holder, edition: Edition, house: House) -> bytes:
    """The PDF of one ticket: one A4 page."""
    layer = pdf_of(layer_html(facts, holder=holder, edition=edition))
    form = _form(*_form_key(facts, house))
    with pikepdf.open(io.BytesIO(form)) as paper, pikepdf.open(io.BytesIO(layer)) as words:
        page = paper.pages[0]
        page.add_overlay(words.pages[0], pikepdf.Rectangle(page.mediabox))
        _place(paper, page, "Code", _code_image(paper, token(edition)), CODE)
        if holder.photo:
            _place(paper, page, "Portrait", _photo_image(paper, holder.photo), PORTRAIT)
        paper.docinfo["/Title"] = f"准考证 {edition.number}"
        out = io.BytesIO()
        paper.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def pdf_of(html: str) -> bytes:
    """HTML in the ticket's own type and measures."""
    from weasyprint import HTML

    document = HTML(string=html, url_fetcher=pdf.fetcher())
    sheets = [typeface.face(), pdf.stylesheet("ticket.css")]
    return bytes(document.write_pdf(font_config=pdf.fonts(), stylesheets=sheets))


def layer_html(facts: TicketFacts, *, holder: Holder, edition: Edition) -> str:
    """The person's words, where the form leaves room for them."""
    context = {
        "name": holder.name,
        "document": holder.document,
        "number": edition.number,
        "edition": f"第 {edition.version} 版 · 制作于 {edition.made_on:%Y-%m-%d}",
        "lines": [asdict(line) | {"words_on": words_on(line.day)} for line in facts.lines],
        "sites": _places(facts),
    }
    return render_to_string("pdf/ticket_layer.html", context)


def form_html(facts: TicketFacts, house: House) -> str:
    """The form for everybody who has the same occupation and subjects."""
    return _form_html(*_form_key(facts, house))


def _form_key(facts: TicketFacts, house: House) -> tuple[Any, ...]:
    subjects = tuple(line.subject for line in facts.lines)
    brings = tuple(f"{line.subject}请带：{line.bring.rstrip('。')}。" for line in facts.lines if line.bring)
    return facts.occupation, facts.level, subjects, brings, len(_places(facts)), house


@functools.lru_cache(maxsize=64)
def _form(*key: Any) -> bytes:
    return pdf_of(_form_html(*key))


def _form_html(
    occupation: str, level: str, subjects: tuple[str, ...], brings: tuple[str, ...], sites: int, house: House
) -> str:
    context = {
        "occupation": occupation,
        "level": level,
        "subjects": subjects,
        "brings": brings,
        "sites": range(sites),
        "doors": house.doors,
        "late": house.late,
        "days": house.days,
        "office": house.office,
    }
    return render_to_string("pdf/ticket_form.html", context)


def _places(facts: TicketFacts) -> list[_Place]:
    return list(dict.fromkeys(_Place(line.site, line.address) for line in facts.lines))


def _place(
    paper: pikepdf.Pdf, page: pikepdf.Page, name: str, image: pikepdf.Stream, box: tuple[float, float, float, float]
) -> None:
    """Put an image on the page, its box in millimetres from the top left corner."""
    left, top, width, height = box
    key = page.add_resource(image, pikepdf.Name.XObject, pikepdf.Name(f"/{name}"))
    matrix = (width * MM, 0, 0, height * MM, left * MM, (PAGE_HEIGHT - top - height) * MM)
    drawn = f"q {' '.join(f'{one:.3f}' for one in matrix)} cm {key} Do Q"
    page.contents_add(paper.make_stream(drawn.encode()))


def _photo_image(paper: pikepdf.Pdf, jpeg: bytes) -> pikepdf.Stream:
    """The photo as it is stored: a JPEG is put into a PDF without decoding it."""
    with Image.open(io.BytesIO(jpeg)) as image:
        width, height, grey = image.width, image.height, image.mode == "L"
    return pikepdf.Stream(
        paper,
        jpeg,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=width,
        Height=height,
        BitsPerComponent=8,
        ColorSpace=pikepdf.Name.DeviceGray if grey else pikepdf.Name.DeviceRGB,
        Filter=pikepdf.Name.DCTDecode,
    )


def _code_image(paper: pikepdf.Pdf, text: str) -> pikepdf.Stream:
    """A QR code as one bit a module, with its quiet zone."""
    code = segno.make_qr(text, error="m", mask=2)  # a fixed mask: trying all eight costs more than the layout
    rows = [bytes(row) for row in code.matrix_iter(border=2)]
    packed = b"".join(_pack(row) for row in rows)
    return pikepdf.Stream(
        paper,
        packed,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=len(rows[0]),
        Height=len(rows),
        BitsPerComponent=1,
        ColorSpace=pikepdf.Name.DeviceGray,
    )


def _pack(row: bytes) -> bytes:
    """Modules (1 is dark) to bits, dark as 0, padded to whole bytes."""
    bits = "".join("0" if module else "1" for module in row)
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")
