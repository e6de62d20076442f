"""The 资格初审 list on paper: who is filed for, what for, and the lines to sign on (通知 二(二))."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.template.loader import render_to_string

from exams.models import OccupationCondition
from exams.services.settings import office_facts
from kupasi import pdf, typeface
from kupasi.people.masking import mask_document
from registration.models import Roster, RosterRow
from registration.services import code128

from .contents import contents
from .signing import list_hash


def list_pdf(roster: Roster) -> bytes:
    """The printable list of a roster's current rows, with its number as a barcode, its hash and signature lines."""
    from weasyprint import HTML  # late: it needs system libraries

    html = render_to_string("pdf/roster_list.html", facts(roster))
    sheets = [typeface.face(), pdf.stylesheet("base.css"), pdf.stylesheet("roster.css")]
    document = HTML(string=html, url_fetcher=pdf.fetcher())
    return bytes(document.write_pdf(font_config=pdf.fonts(), stylesheets=sheets))


def facts(roster: Roster) -> dict[str, Any]:
    """What stands on the paper. Numbers are masked: the paper travels, the system knows the whole."""
    rows = RosterRow.objects.current().filter(roster=roster, objected_at=None).select_related("occupation")
    lines = [(row, mask_document(contents(row).values.number)) for row in rows.order_by("class_name", "line", "pk")]
    return {
        "roster": roster,
        "lines": lines,
        "total": sum((row.fee or 0) for row, _ in lines),
        "conditions": conditions_of({row.occupation_id for row, _ in lines}),
        "barcode": code128.data_uri(roster.number or ""),
        "hash": roster.signed_hash or list_hash(roster.pk),
        "office": office_facts(),
    }


def conditions_of(occupations: Collection[int | None]) -> list[tuple[str, list[str]]]:
    """What the institution declares for its people: each occupation's own conditions (rules E2)."""
    found: dict[str, list[str]] = {}
    rows = OccupationCondition.objects.filter(occupation__in=occupations, is_active=True).select_related("occupation")
    for one in rows.order_by("occupation__order", "order", "pk"):
        found.setdefault(str(one.occupation), []).append(one.text)
    return list(found.items())
