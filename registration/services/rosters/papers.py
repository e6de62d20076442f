"""The 资格初审 list on paper: who is filed for, what for, and the lines to sign on (通知 二(二))."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import islice
from typing import Any, BinaryIO

import pikepdf
from django.db.models import Count, QuerySet, Sum
from django.template.loader import render_to_string

from exams.models import OccupationCondition
from exams.services.settings import office_facts
from kupasi import pdf, typeface
from kupasi.people.masking import mask_document
from registration.models import Roster, RosterRow
from registration.services import code128

from .contents import contents
from .signing import list_hash

PIECE = 250  # people, or pages, laid out at once: a longer layout costs more than its length. Ten pages of a list
FIRST = 242  # and what fits on ten where the head stands above, so that no page in the middle is half empty
CSS = ("base.css", "roster.css")
Passing = Callable[[Iterable[RosterRow]], Iterable[RosterRow]]


def list_pdf(roster: Roster) -> bytes:
    """The printable list of a roster's current rows, with its number as a barcode, its hash and signature lines."""
    lines = [_line(row) for row in _rows(roster)]
    return _sheets(facts(roster) | {"lines": lines, "first": 0, "is_first": True, "is_last": True}, CSS)


def write_list(roster: Roster, out: BinaryIO, *, each: Passing = lambda rows: rows) -> None:
    """The same for a large list: laid out a piece at a time, numbered when the number of pages is known.

    `each` lets somebody look on while rows pass.
    """
    shared = facts(roster)
    lines = (_line(row) for row in each(_rows(roster).iterator(chunk_size=PIECE)))
    piece, first = list(islice(lines, min(FIRST, PIECE))), 0
    with pikepdf.Pdf.new() as paper:
        while True:
            following = list(islice(lines, PIECE))
            part = {"lines": piece, "first": first, "is_first": first == 0, "is_last": not following}
            with pikepdf.Pdf.open(io.BytesIO(_sheets(shared | part, (*CSS, "roster_piece.css")))) as laid:
                paper.pages.extend(laid.pages)
            if not following:
                break
            first, piece = first + len(piece), following
        _number(paper, shared)
        paper.save(out)


def facts(roster: Roster) -> dict[str, Any]:
    """What stands on the paper beside the people."""
    rows = _rows(roster)
    return {
        "roster": roster,
        **rows.aggregate(people=Count("pk"), total=Sum("fee")),
        "conditions": conditions_of(set(rows.order_by().values_list("occupation", flat=True).distinct())),
        "barcode": code128.data_uri(roster.number or ""),
        "hash": roster.signed_hash or list_hash(roster.pk),
        "office": office_facts(),
    }


def _rows(roster: Roster) -> QuerySet[RosterRow]:
    rows = RosterRow.objects.current().filter(roster=roster, objected_at=None).select_related("occupation")
    return rows.order_by("class_name", "line", "pk")


def _line(row: RosterRow) -> tuple[RosterRow, str]:
    """A person with the number masked: the paper travels, the system knows the whole."""
    return row, mask_document(contents(row).values.number)


def _sheets(shown: dict[str, Any], css: Sequence[str]) -> bytes:
    return _laid_out(render_to_string("pdf/roster_list.html", shown), css)


def _laid_out(html: str, css: Sequence[str]) -> bytes:
    from weasyprint import HTML  # late: it needs system libraries

    sheets = [typeface.face(), *(pdf.stylesheet(one) for one in css)]
    return bytes(HTML(string=html, url_fetcher=pdf.fetcher()).write_pdf(font_config=pdf.fonts(), stylesheets=sheets))


def _number(paper: pikepdf.Pdf, shared: dict[str, Any]) -> None:
    """Lay the number of each page, and of all of them, over what is laid out already."""
    total = len(paper.pages)
    for start in range(0, total, PIECE):
        numbers = range(start + 1, min(start + PIECE, total) + 1)
        html = render_to_string("pdf/roster_numbers.html", {**shared, "numbers": numbers, "total": total})
        with pikepdf.Pdf.open(io.BytesIO(_laid_out(html, ("base.css", "roster_numbers.css")))) as laid:
            for number, over in zip(numbers, laid.pages, strict=True):
                paper.pages[number - 1].add_overlay(over, pikepdf.Rectangle(over.mediabox))


def conditions_of(occupations: Collection[int | None]) -> list[tuple[str, list[str]]]:
    """What the institution declares for its people: each occupation's own conditions (rules E2)."""
    found: dict[str, list[str]] = {}
    rows = OccupationCondition.objects.filter(occupation__in=occupations, is_active=True).select_related("occupation")
    for one in rows.order_by("occupation__order", "order", "pk"):
        found.setdefault(str(one.occupation), []).append(one.text)
    return list(found.items())
