"""Telling institutions what came after the payment: tickets to confirm, results, certificates (K1, M7, X4).

A sweep asks the rows what is there and not told of. What comes in portions is told of once, when the last is some
minutes old; a letter's key names the newest of what it tells of.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F, Max, OuterRef, Subquery

from certificates.enums import CertificateStatus
from certificates.models import Certificate, NumberUse
from exams.enums import EntryStatus
from exams.models import AdmissionTicket, Mark
from kupasi.acts import Act
from kupasi.notices.models import Notice
from registration.models import Roster
from registration.services.roster_letters import tell

from .after import ANSWERED, VALID

SETTLED = timedelta(minutes=5)
BACK = timedelta(days=7)  # what is older was seen on the page, or is told by nothing but the page
SAID = {
    "tickets": (
        "准考证待核对确认",
        "团体申报 {number} 的准考证已制作好或有答复，请打开核对：无误请确认，有误请写明。依据：通知 二(五)。",
    ),
    "results": (
        "团体成绩已公布",
        "团体申报 {number} 有成绩公布，可以查看各人成绩，并为可以补考的人员生成补考名单。依据：通知 三、四。",
    ),
    "certificates": (
        "团体证书可以领取",
        "团体申报 {number} 有证书制成。请打印签收清单，到业务受理点统一领取，再交本人签收。依据：通知 五。",
    ),
}


class News(NamedTuple):
    """What a roster's institution is to be told, and the newest of it."""

    roster_id: int
    what: str
    newest: int


def due(at: datetime) -> list[News]:
    """What is settled and not told of."""
    return [one for one in _found(at) if not _is_told(one)]


@transaction.atomic
def tell_one(news: News, *, by: Act) -> None:
    """The letters to everybody who acts for the institution; told twice is once."""
    roster = Roster.objects.select_related("institution").get(pk=news.roster_id)
    subject, body = SAID[news.what]
    page = "" if news.what == "certificates" else f"{news.what}/"  # a clerk has no page of certificates
    what, body = f"{news.what}-{news.newest}", body.format(number=roster.number)
    tell(roster, by=by, what=what, subject=subject, body=body, page=page)


def _is_told(one: News) -> bool:
    return Notice.objects.filter(key__startswith=f"roster-{one.roster_id}-{one.what}-{one.newest}-").exists()


def _found(at: datetime) -> Iterator[News]:
    row = "entry__application__roster_row__roster"
    tickets = AdmissionTicket.objects.filter(
        entry__status=EntryStatus.TICKETED, status__in=VALID - ANSWERED, answered_at=None, sent_at__isnull=False
    )
    yield from _settled(tickets, row, "tickets", when="sent_at", at=at)
    row = f"seat__{row}"
    marks = Mark.objects.filter(publication__isnull=False)
    yield from _settled(marks, row, "results", when="publication__published_at", at=at)
    used = NumberUse.objects.filter(number=OuterRef("number")).values("used_at")[:1]
    row = "entry__application__roster_row__roster"
    made = Certificate.objects.filter(status=CertificateStatus.ISSUED, entry__institution=F(f"{row}__institution"))
    made = made.filter(issued_on__gte=(at - BACK).date()).exclude(sha256="")
    yield from _settled(made.annotate(used=Subquery(used)), row, "certificates", when="used", at=at)


def _settled(rows: Any, row: str, what: str, *, when: str, at: datetime) -> Iterator[News]:
    """By roster, where the last of it is some minutes old and not older than a week."""
    lately = rows.filter(**{f"{row}__isnull": False, f"{when}__gt": at - BACK})
    for roster_id, last in lately.values_list(row).annotate(last=Max(when)).order_by(row):
        if last <= at - SETTLED:
            yield News(roster_id, what, int(last.timestamp()))
