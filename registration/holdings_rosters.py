"""What lists of institutions hold about a person: what was filed for somebody, kept as long as the application."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet

from kupasi.acts import Act
from kupasi.dates import add_months, add_years, month_start
from kupasi.people.models import Candidate
from kupasi.people.privacy import KEPT_YEARS, Fact, Record, Section, register

from .holdings import kept_until
from .models import RosterRow
from .services.rosters.contents import contents
from .services.rosters.forgetting import blank


def _rows(person: Candidate) -> QuerySet[RosterRow]:
    rows = RosterRow.objects.filter(application__candidate=person).exclude(name="")
    return rows.select_related("roster__institution", "application__exam_session").order_by("pk")


def _records(person: Candidate) -> list[Record]:
    return [
        Record(f"团体申报 {one.roster.number}", [Fact("机构", str(one.roster.institution)), *_facts(one)])
        for one in _rows(person)
    ]


def _facts(one: RosterRow) -> list[Fact]:
    values = contents(one).values
    return [
        Fact("姓名", values.name),
        Fact("证件号码", values.number, "document"),
        Fact("手机", values.phone, "phone"),
        Fact("文化程度", values.education),
        Fact("工作单位", values.employer),
        Fact("班级", values.class_name),
        Fact("备注", values.note),
    ]


def _due(on: date) -> Iterable[int]:
    month = add_months(month_start(add_years(on, -KEPT_YEARS)), 1)
    rows = RosterRow.objects.filter(application__exam_session__exam_month__lt=month).exclude(name="")
    listed = rows.select_related("application__exam_session")
    return {one.application.candidate_id for one in listed if one.application is not None and _is_past(one, on)}


def _is_past(one: RosterRow, on: date) -> bool:
    until = kept_until(one.application) if one.application is not None else None
    return until is not None and on > until


def _clear(person: Candidate, by: Act) -> int:
    past = [one.pk for one in _rows(person) if _is_past(one, by.on)]
    return blank(RosterRow.objects.filter(pk__in=past))


def connect() -> None:
    """Called once when the app is ready."""
    register(Section("rosters", "团体申报名单", _records, due=_due, clear=_clear))
