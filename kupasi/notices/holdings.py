"""The letters to a person, as part of what is held about them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time

from django.db.models import QuerySet

from kupasi.acts import Act
from kupasi.clock import SHANGHAI
from kupasi.dates import add_years
from kupasi.people.models import Candidate
from kupasi.people.privacy import KEPT_YEARS, Fact, Record, Section, register

from .enums import Channel, NoticeStatus
from .models import Notice

ERASED = "已删除"


def _records(person: Candidate) -> list[Record]:
    rows = Notice.objects.filter(candidate=person, channel=Channel.IN_APP).order_by("pk")
    return [
        Record(one.subject, [Fact(f"{one.queued_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", one.body)]) for one in rows
    ]


def _due(on: date) -> Iterable[int]:
    old = datetime.combine(add_years(on, -KEPT_YEARS), time.min, SHANGHAI)
    rows = Notice.objects.filter(queued_at__lt=old).exclude(body="").exclude(candidate=None)
    return rows.order_by().values_list("candidate", flat=True).distinct()


def _clear(person: Candidate, by: Act) -> int:
    old = datetime.combine(add_years(by.on, -KEPT_YEARS), time.min, SHANGHAI)
    return _forget(Notice.objects.filter(candidate=person, queued_at__lt=old))


def _erase(person: Candidate, by: Act) -> int:
    return _forget(Notice.objects.filter(candidate=person))


def _forget(rows: QuerySet[Notice]) -> int:
    """That a letter was sent, and when, stays; its words go. What did not leave is not sent any more."""
    gone, _ = rows.filter(status__in=[NoticeStatus.QUEUED, NoticeStatus.FAILED]).delete()
    return gone + rows.exclude(body="").update(subject=ERASED, body="", url="")


def connect() -> None:
    """Called once when the app is ready."""
    register(Section("letters", "信件", records=_records, due=_due, clear=_clear, erase=_erase))
