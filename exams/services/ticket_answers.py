"""What becomes of a ticket that was sent: confirmed, disputed, answered (rules K2)."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Min, Q, QuerySet

from exams.enums import EntryStatus, TicketStatus
from exams.models import AdmissionTicket, Seat
from kupasi.acts import Act
from kupasi.errors import Refusal
from kupasi.notices import services as notices

from . import entries

DISPUTE_LENGTH = 300
OPEN = (TicketStatus.MADE, TicketStatus.SENT, TicketStatus.DEPOSITED)  # a packet at the site is no answer of anybody


@transaction.atomic
def confirm(ticket_id: int, *, by: Act, version: int | None = None) -> AdmissionTicket:
    """Say that the ticket is right (通知 二(五)). Confirming twice is once.

    `version` is the one that was looked at. Refuses with `stale` (there is a newer one), `wrong_status` (revoked).
    """
    ticket = _locked(ticket_id, version=version)
    if ticket.status == TicketStatus.CONFIRMED:
        return ticket
    entries.move_ticket(ticket, TicketStatus.CONFIRMED, by=by, action="ticket.confirmed")
    return ticket


@transaction.atomic
def dispute(ticket_id: int, *, by: Act, text: str, version: int | None = None) -> AdmissionTicket:
    """Report an error on the ticket; the staff's queue shows it until it is answered or a new version is made.

    Refuses with `no_text`, `too_long`, `stale`, `wrong_status`.
    """
    text = text.strip()
    if not text:
        raise Refusal("no_text", "请写明哪里有误，我们才好核对。")
    if len(text) > DISPUTE_LENGTH:
        raise Refusal("too_long", f"请不要超过 {DISPUTE_LENGTH} 个字。")
    ticket = _locked(ticket_id, version=version)
    if ticket.status == TicketStatus.DISPUTED and ticket.dispute == text:
        return ticket
    if ticket.status == TicketStatus.DISPUTED:
        raise Refusal("wrong_status", "您已提出过一次，我们正在核对；如需补充请致电咨询电话。")
    ticket.dispute = text
    entries.move_ticket(ticket, TicketStatus.DISPUTED, by=by, action="ticket.disputed")
    return ticket


@transaction.atomic
def settle_dispute(ticket_id: int, *, by: Act, answer: str) -> AdmissionTicket:
    """Answer a report after which the ticket stays as it is; the holder is told and asked to confirm once more.

    Where the report is right the facts are corrected instead, and the next version goes out by itself.
    Refuses with `no_text`, `wrong_status`.
    """
    if not answer.strip():
        raise Refusal("no_text", "请写明核对结果，对方会收到。")
    ticket = _locked(ticket_id)
    if ticket.status != TicketStatus.DISPUTED:
        raise Refusal("wrong_status", "这张准考证没有待答复的异议。")
    entries.move_ticket(ticket, TicketStatus.MADE, by=by, action="ticket.dispute_settled")
    entries.move_ticket(ticket, TicketStatus.SENT, by=by, action="ticket.sent")
    notices.queue(
        by,
        key=f"ticket-answer:{ticket.pk}:v{ticket.version}:{by.at:%Y%m%d%H%M%S}",
        kind="ticket_answer",
        subject="您对准考证提出的问题已核对",
        body=f"{answer.strip()}\n请打开准考证再核对一次并确认。",
        candidate=ticket.entry.candidate,
        url=f"/exams/tickets/{ticket.pk}/",
        about=ticket,
    )
    return ticket


def unanswered(on: date) -> QuerySet[AdmissionTicket]:
    """The call list: sent, neither confirmed nor disputed, the exam tomorrow or today (rules K2). They stay valid.

    Whose ticket lies in the site's packet already stands on it all the same.
    """
    near = Seat.objects.filter(sitting__on__range=(on, on + timedelta(days=1))).values("entry")
    rows = AdmissionTicket.objects.filter(status__in=OPEN, answered_at=None, entry__in=near)
    rows = rows.filter(entry__status=EntryStatus.TICKETED)
    rows = rows.alias(first_on=Min("entry__seats__sitting__on"))
    return rows.filter(Q(first_on__gte=on) & Q(first_on__lte=on + timedelta(days=1)))


def disputed() -> QuerySet[AdmissionTicket]:
    """Reports that wait for an answer."""
    return AdmissionTicket.objects.filter(status=TicketStatus.DISPUTED)


def _locked(ticket_id: int, *, version: int | None = None) -> AdmissionTicket:
    rows = AdmissionTicket.objects.select_for_update(of=("self",)).select_related("entry__candidate")
    ticket = rows.get(pk=ticket_id)
    if ticket.version == 0 or (version is not None and ticket.version != version):
        raise Refusal("stale", "准考证刚刚有更新，请重新打开核对后再确认。", "本单位规定：准考证更新")
    if ticket.status == TicketStatus.REVOKED:
        raise Refusal("wrong_status", "这张准考证已作废，请等待新的安排或联系我们。")
    return ticket
