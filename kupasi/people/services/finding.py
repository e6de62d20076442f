"""Finding a person by what stands on the paper in front of one (OP-009)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet

from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.people.crypto import blind_index
from kupasi.people.enums import DocumentKind
from kupasi.people.models import Candidate, User
from kupasi.people.rules import identity_key, judge_phone, normalize_name, normalize_number
from kupasi.prefix import begins

TAIL = 4
papers: dict[str, Callable[[str], QuerySet[Any]]] = {}  # number on a paper → keys of persons; filled from above
SHORTEST = 2


def find_people(rows: QuerySet[Candidate], words: str) -> QuerySet[Candidate]:
    """Those with this whole document number or phone, with these last four characters, or whose name begins so.

    The number of a paper (a ticket, an application) finds its person. Fewer than four characters of a number, or two
    of a name, find nobody; nor does anything find who was merged into somebody else.
    """
    rows = rows.filter(merged_into=None)
    number, phone = normalize_number(words), judge_phone(words)
    if phone.valid:
        return rows.filter(phone_index=User.index_of(phone.normalized))
    if len(number) == TAIL and number[:3].isdigit():
        by_document = Candidate.objects.filter(documents__number_tail=number).order_by().values("pk")
        by_phone = Candidate.objects.filter(phone_tail=number).order_by().values("pk")
        return rows.filter(pk__in=by_document.union(by_phone))
    if len(number) > TAIL and any(char.isdigit() for char in number):
        keys = {identity_key(kind, number) for kind in DocumentKind}
        indexes = [blind_index(key.group, key.number) for key in keys]
        found = Q(pk__in=Candidate.objects.filter(documents__number_index__in=indexes).values("pk"))
        for holders in papers.values():
            found |= Q(pk__in=holders(number))
        return rows.filter(found)
    name = normalize_name(words)
    return rows.filter(begins("name", name)) if len(name) >= SHORTEST and not number.isdigit() else rows.none()


def note_search(by: Act, *, words: str) -> None:
    """That somebody looked for a person: how, never for whom."""
    digits = sum(char.isdigit() for char in words)
    record(by, "candidate.search", by.person, after={"by": "number" if digits else "name", "length": len(words)})


def reveal_numbers(candidate: Candidate, *, by: Act, reason: str) -> list[str]:
    """The whole numbers of a person for somebody who says why; the look is recorded (section 10)."""
    record(by, "candidate.reveal", candidate, reason=reason)
    shown = [f"{one.get_kind_display()} {one.number}" for one in candidate.documents.order_by("-is_primary", "pk")]
    return [*shown, f"手机 {candidate.phone}"] if candidate.phone else shown
