"""What doors hold about a person: scans, and what was noted about a seat without network (section 10)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet

from exams.models import CheckIn, OfflineNote
from kupasi.acts import Act
from kupasi.clock import SHANGHAI
from kupasi.dates import add_years
from kupasi.people.models import Candidate
from kupasi.people.privacy import KEPT_YEARS, Fact, Record, Section, register

ERASED = "已删除"


def _records(person: Candidate) -> list[Record]:
    rows = CheckIn.objects.filter(seat__entry__candidate=person).select_related("sitting__subject")
    return [
        Record(
            f"入场核验 {row.sitting.subject}",
            [
                Fact("时间", f"{row.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"),
                Fact("结果", row.get_result_display()),
            ],
        )
        for row in rows.order_by("at", "pk")
    ]


def _past(on: date) -> QuerySet[OfflineNote]:
    """Notes past their time, as long as the files of applications are kept; what became of a case is kept there."""
    return OfflineNote.objects.filter(sitting__on__lt=add_years(on, -KEPT_YEARS)).filter(cleared_at=None)


def _due(on: date) -> Iterable[int]:
    return set(_past(on).values_list("sitting__seats__entry__candidate", flat=True)) - {None}


def _clear(person: Candidate, by: Act) -> int:
    """What was noted in the rooms where this person sat."""
    rows = _past(by.on).filter(sitting__seats__entry__candidate=person)
    return OfflineNote.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).update(
        text=ERASED, cleared_at=by.at
    )


def connect() -> None:
    """Called once when the app is ready."""
    register(Section("doors", "入场核验", _records, due=_due, clear=_clear))
