"""The paper of a ticket: what the form says, what the person's layer says, where photo and code stand."""

from __future__ import annotations

import functools
import hashlib
import struct
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.template.loader import render_to_string

from exams.rules.calendar import RESULT_WORKING_DAYS
from kupasi import paper
from kupasi.signing import sign, verify

from .settings import OfficeFacts
from .ticket_facts import TicketFacts, words_on

PURPOSE = "ticket"
TOKEN = struct.Struct(">QHQ")  # ticket number, version, ticket id
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
    images: dict[str, paper.Portrait | paper.Code] = {"Code": paper.Code(token(edition), CODE)}
    if holder.photo:
        images["Portrait"] = paper.Portrait(holder.photo, PORTRAIT)
    form = _form(*_form_key(facts, house))
    return paper.put_together(form, layer, images=images, title=f"准考证 {edition.number}")


def pdf_of(html: str) -> bytes:
    """HTML in the ticket's own type and measures."""
    return paper.lay_out(html, css="ticket.css")


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
