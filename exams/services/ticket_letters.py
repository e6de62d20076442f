"""Letters on paper to those whom nobody reached the day before: printed, posted, the proof kept (rules K2)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import CharField, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast

from exams.models import AdmissionTicket, TicketVersion
from kupasi.acts import Act
from kupasi.audit.services import compose, record_many
from kupasi.errors import Refusal
from kupasi.notices import posting
from kupasi.notices.enums import Channel
from kupasi.notices.models import Notice, Posting

from .ticket_answers import unanswered
from .ticket_facts import described

CLAUSE = "通知 二(五)"
KIND = "ticket"


@transaction.atomic
def take_letters(ticket_ids: Collection[int], *, by: Act) -> list[Notice]:
    """The letters of unanswered tickets whose holders have an address, for the post; each look is recorded.

    Who is called in vain the day before is written to; the ticket is valid all the same (rules K2). Refuses with
    `nothing_to_print` when none of them is unanswered and has an address.
    """
    rows = unanswered(by.on).filter(pk__in=ticket_ids).select_related("entry__candidate").order_by("pk")
    reached = [one for one in rows if one.entry.candidate.postal_address]
    if not reached:
        message = "所选准考证没有可以打印的信函：只打印考前一天仍未确认、且本人留有联系地址的；没有地址的请电话联系。"
        raise Refusal("nothing_to_print", message, CLAUSE)
    record_many([compose(by, "ticket.letter_printed", one) for one in reached])
    return _newest(reached)


@transaction.atomic
def note_letter_posted(ticket_id: int, *, posted_on: date, proof: str, by: Act) -> Posting:
    """That the letter of a ticket was taken to the post; the ticket stays on the call list until it is confirmed.

    Noting the same again changes nothing. Refuses with `no_letter`, `proof_missing`, `bad_day`, `posted_already`.
    """
    ticket = AdmissionTicket.objects.select_for_update(of=("self",)).select_related("entry").get(pk=ticket_id)
    found = _newest([ticket])
    if not found:
        raise Refusal("no_letter", "这张准考证还没有发出通知，没有可以邮寄的信函。", CLAUSE)
    return posting.note_posted_besides(found[0].pk, posted_on=posted_on, proof=proof, by=by)


def stated_on(letters: Iterable[Notice]) -> dict[int, dict[str, Any]]:
    """What the ticket behind each letter states, by the letter's key: `number`, and `lines` with time, place and seat.

    A paper letter reaches whoever does not look into the product, so that it has to say by itself where to be and when.
    """
    behind = {int(one.about_id): one.pk for one in letters}
    newest = TicketVersion.objects.filter(ticket__in=behind, version=F("ticket__version")).select_related("ticket")
    return {behind[one.ticket_id]: {"number": one.ticket.number, "lines": described(one.facts)} for one in newest}


def with_posting(rows: QuerySet[AdmissionTicket]) -> QuerySet[AdmissionTicket]:
    """Tickets with the day on which their newest letter was posted, and the proof: `posted_on`, `posted_proof`."""
    letters = Posting.objects.filter(
        notice__candidate=OuterRef("entry__candidate"),
        notice__channel=Channel.IN_APP,
        notice__kind=KIND,
        notice__about_id=Cast(OuterRef("pk"), CharField()),
    ).order_by("-notice")
    return rows.annotate(
        posted_on=Subquery(letters.values("posted_on")[:1]), posted_proof=Subquery(letters.values("proof")[:1])
    )


def _newest(tickets: Collection[AdmissionTicket]) -> list[Notice]:
    """The newest letter of each ticket, as it stands in the product."""
    people = [one.entry.candidate_id for one in tickets]
    kept = Notice.objects.filter(candidate__in=people, channel=Channel.IN_APP, kind=KIND)
    kept = kept.filter(about_type=AdmissionTicket._meta.label_lower, about_id__in=[str(one.pk) for one in tickets])
    newest = {one.about_id: one for one in kept.select_related("candidate").order_by("pk")}
    return sorted(newest.values(), key=lambda one: one.pk)
