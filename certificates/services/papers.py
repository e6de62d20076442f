"""The certificate on paper: one A4 page, no marks, sealed so that a changed byte shows (rules X3)."""

from __future__ import annotations

import functools
from datetime import date

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from certificates.models import Certificate
from exams.services.settings import office_facts
from kupasi import paper, seals
from kupasi.errors import Refusal
from kupasi.slimming import slimmed
from kupasi.typeface import missing

from . import statements

SHEET = "certificate.css"
NO_DIRECTION = "--"
PORTRAIT = (37.2, 67.2, 34.6, 49.4)  # left, top, width, height in mm: inside the frame of certificate.css
CODE = (36.0, 153.0, 35.0, 35.0)


def render(certificate: Certificate, *, reissued_on: date | None = None) -> bytes:
    """The sealed PDF of a numbered certificate; `reissued_on` marks it 补发.

    Refuses with `unprintable_name` where no font can draw a character of the name.
    """
    return seals.put_on(draw(certificate, reissued_on=reissued_on), reason="发证")


def draw(certificate: Certificate, *, reissued_on: date | None = None) -> bytes:
    """The page without its seal: the form of its kind, the holder's words over it, photo and code placed by hand."""
    boxes = missing(certificate.name)
    if boxes:
        codes = "、".join(f"U+{ord(one):04X}" for one in boxes)
        raise Refusal("unprintable_name", f"字体中没有姓名里的字（{codes}），请先请系统管理员安装字体，再制证。")
    layer = paper.lay_out(layer_html(certificate, reissued_on=reissued_on), css=SHEET)
    images: dict[str, paper.Portrait | paper.Code] = {
        "Code": paper.Code(statements.scan_address(certificate.statement), CODE)
    }
    if certificate.photo is not None:
        with certificate.photo.file.open() as file:
            images["Portrait"] = paper.Portrait(file.read(), PORTRAIT)
    issuer = office_facts().name
    title = f"{certificate.title} {certificate.number}"
    return paper.put_together(_form(*_form_key(certificate)), layer, images=images, title=title, author=issuer)


def layer_html(certificate: Certificate, *, reissued_on: date | None = None) -> str:
    """The holder's words, where the form leaves room for them."""
    context = {
        "certificate": certificate,
        "document": certificate.document,
        "direction": certificate.direction or NO_DIRECTION,
        "reissued_on": reissued_on,
    }
    return render_to_string("pdf/certificate_layer.html", context)


def form_html(certificate: Certificate) -> str:
    """What the paper says to everybody of the same occupation and level."""
    return _form_html(*_form_key(certificate))


def _form_key(certificate: Certificate) -> tuple[str, str, str, bool, str, bool]:
    return (
        certificate.title,
        certificate.occupation.name,
        certificate.level,
        certificate.is_sample,
        office_facts().name,
        certificate.photo_id is not None,
    )


@functools.lru_cache(maxsize=64)
def _form(*key: str | bool) -> bytes:
    return slimmed(paper.lay_out(_form_html(*key), css=SHEET))


def _form_html(*key: str | bool) -> str:
    names = ("title", "occupation", "level", "is_sample", "issuer", "has_photo")
    facts = dict(zip(names, key, strict=True))
    return render_to_string("pdf/certificate_form.html", facts | {"verify_address": _address()})


def _address() -> str:
    return str(settings.SITE_URL + reverse("verify")).removeprefix("https://").removeprefix("http://")
