"""What cases hold about a person, how long, and why: until the bar ends and five years more (section 10)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet

from discipline.enums import FINISHED, CaseStatus
from discipline.models import Case, CaseLetter, CaseStep, Decision, Evidence
from kupasi.acts import Act
from kupasi.clock import SHANGHAI
from kupasi.dates import add_years, local_day
from kupasi.people.models import Candidate
from kupasi.people.privacy import CLAUSE, KEPT_YEARS, Duty, Fact, Record, Section, register

ERASED = "已删除"
ENDED = [*FINISHED, CaseStatus.CARRIED_OUT]
TOLD = frozenset(CaseStatus) - {CaseStatus.RECORDED, CaseStatus.CONFIRMED, CaseStatus.EXAMINED}


def kept_until(case: Case) -> date | None:
    """Last day on which a case is kept; None while it is open."""
    if case.status not in ENDED:
        return None
    last = case.bars.aggregate(last=Max("barred_until"))["last"] or local_day(case.moved_at)
    return add_years(max(last, local_day(case.moved_at)), KEPT_YEARS)


def _known(person: Candidate) -> QuerySet[Case]:
    return person.cases.filter(status__in=TOLD).select_related("clause", "decision").order_by("pk")


def _records(person: Candidate) -> list[Record]:
    return [Record(f"违纪事项 {one.number}", _facts(one)) for one in _known(person)]


def _facts(case: Case) -> list[Fact]:
    decision: Decision | None = getattr(case, "decision", None)
    made = decision if decision is not None and decision.decided_at else None
    return [
        Fact("状态", case.get_status_display()),
        Fact("条款", f"须知 {case.clause.code}"),
        Fact("时间地点", f"{case.act_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M} {case.place}"),
        Fact("事实", case.facts),
        Fact("陈述申辩", case.statement),
        Fact("决定", f"{made.number} {made.get_outcome_display()} {made.reason}" if made else ""),
        Fact("复核", f"{case.review_request} {case.review_reason}".strip()),
    ]


def _files(person: Candidate) -> Iterable[tuple[str, bytes]]:
    letters = CaseLetter.objects.filter(case__candidate=person).exclude(file="").select_related("case")
    for one in letters.order_by("pk"):
        with one.file.open("rb") as file:
            yield f"cases/{one.case.number}-{one.kind}.pdf", file.read()
    own = Evidence.objects.filter(case__candidate=person, is_own=True).exclude(file="").select_related("case")
    for row in own.order_by("pk"):
        with row.file.open("rb") as file:
            yield f"cases/{row.case.number}-material-{row.pk}.{row.kind}", file.read()


def _duties(person: Candidate, on: date) -> list[Duty]:
    found = [(one, kept_until(one)) for one in person.cases.exclude(place=ERASED).order_by("pk")]
    return [
        Duty(f"违纪事项 {case.number}（记录、证据、文书）", until, f"{CLAUSE}：禁考期满后五年")
        for case, until in found
        if until is None or on <= until
    ]


def _obstacle(person: Candidate) -> str:
    return "有违纪事项正在办理，请等它办结。" if person.cases.exclude(status__in=ENDED).exists() else ""


def _past(on: date) -> list[Case]:
    old = Case.objects.filter(status__in=ENDED, moved_at__date__lt=add_years(on, -KEPT_YEARS)).exclude(place=ERASED)
    return [one for one in old if (until := kept_until(one)) is not None and on > until]


def _due(on: date) -> Iterable[int]:
    return {one.candidate_id for one in _past(on)}


def _clear(person: Candidate, by: Act) -> int:
    """The number, the clause and the days stay: they are the office's books; what was said and shown goes."""
    rows = [one for one in _past(by.on) if one.candidate_id == person.pk]
    for case in rows:
        case.place = case.facts = ERASED
        case.findings = case.statement = case.severity_reason = case.review_request = case.review_reason = ""
        case.save()
        CaseStep.objects.filter(case=case).update(note="")
        Decision.objects.filter(case=case).update(reason=ERASED, severity_reason="", plan=[])
        files: list[Any] = [*Evidence.objects.filter(case=case), *CaseLetter.objects.filter(case=case)]
        for row in files:
            name, storage = row.file.name, row.file.storage
            type(row)._default_manager.filter(pk=row.pk).update(file="")
            transaction.on_commit(lambda name=name, storage=storage: storage.delete(name))  # type: ignore[misc]
    return len(rows)


def connect() -> None:
    """Called once when the app is ready."""
    register(
        Section("cases", "违纪事项", _records, files=_files, duties=_duties, obstacle=_obstacle, due=_due, clear=_clear)
    )
