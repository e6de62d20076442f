"""The supervisor's and the clerk's inbox by deadline, and what was decided before under a clause (rules S8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from discipline.enums import CaseStatus, Outcome, Severity
from discipline.models import Case, Decision
from exams.models import OfflineNote
from kupasi.dates import local_day

from .ties import stepped_aside

S = CaseStatus
NOTES_FOR = timedelta(days=30)
FIRST = {S.RECORDED: "第二人签署", S.NOTICED: "送达告知书"}  # what comes before the next step in the same state
NEXT_STEP = {
    S.RECORDED: "核对并确认记录",
    S.CONFIRMED: "调查",
    S.EXAMINED: "制作告知书",
    S.NOTICED: "等待陈述申辩",
    S.HEARD: "主管作出决定",
    S.DECIDED: "送达决定书",
    S.SERVED: "主管执行决定",
    S.IN_REVIEW: "另一位主管复核",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A case in the inbox: what is next, by when, and whether that day is over."""

    case: Case
    next_step: str
    due_on: date | None
    is_late: bool

    @property
    def late_words(self) -> str:
        """What the end of the days means for the next step."""
        return LATE.get(S(self.case.status), "")


@dataclass(frozen=True, slots=True)
class Past:
    """How often a clause was decided in one way."""

    words: str
    count: int


def inbox(rows: QuerySet[Case], *, on: date) -> list[Line]:
    """Open cases, the nearest deadline first; one query for all of them."""
    open_rows = rows.filter(status__in=list(NEXT_STEP)).select_related(
        "clause", "candidate", "seat__subject", "entry__exam_session__occupation"
    )
    lines = [_line(one, on) for one in open_rows]
    return sorted(lines, key=lambda one: (one.due_on or date.max, one.case.pk))


def _line(case: Case, on: date) -> Line:
    due = {S.NOTICED: case.hearing_until, S.SERVED: case.review_until}.get(S(case.status))
    is_late = due is not None and due < on
    stands = S.HEARD if is_late and case.status == S.NOTICED else S(case.status)  # the days to be heard are over
    is_first = {S.RECORDED: case.second_by_id, S.NOTICED: case.hearing_until}.get(stands, True) is None
    return Line(case, FIRST[stands] if is_first else NEXT_STEP[stands], due, is_late)


LATE = {S.NOTICED: "已到期，可以决定", S.SERVED: "复核申请期已过"}


@dataclass(frozen=True, slots=True)
class Load:
    """How many cases wait for one step, and since when the one that waits longest."""

    words: str
    count: int
    waits_days: int


def load(lines: list[Line], *, on: date) -> list[Load]:
    """The work by step, in the order of the road."""
    found = []
    for words in (one for state, last in NEXT_STEP.items() for one in (FIRST.get(state), last) if one):
        waiting = [one.case for one in lines if one.next_step == words]
        if waiting:
            oldest = min(local_day(one.moved_at) for one in waiting)
            found.append(Load(words, len(waiting), (on - oldest).days))
    return found


def finished(rows: QuerySet[Case], *, most: int = 50) -> list[Case]:
    """What was brought to an end lately."""
    ended = rows.filter(status__in=[S.CARRIED_OUT, S.DROPPED, S.OVERTURNED]).select_related("clause", "candidate")
    return list(ended.order_by("-moved_at")[:most])


BY = ("outcome", "clause__code", "severity")


def past_outcomes(case: Case) -> list[Past]:
    """What was decided before where this clause was intended, and how often a review took it back."""
    made = Decision.objects.filter(case__clause__code=case.clause.code, decided_at__isnull=False).exclude(case=case)
    return [Past(_words(one), one["count"]) for one in _counted(made, *BY)]


def outcomes() -> list[tuple[str, list[Past]]]:
    """Every decision so far by the clause that was intended: how it was decided, and how often."""
    found: dict[str, list[Past]] = {}
    for one in _counted(Decision.objects.filter(decided_at__isnull=False), "case__clause__code", *BY):
        found.setdefault(one["case__clause__code"], []).append(Past(_words(one), one["count"]))
    return sorted(found.items(), key=lambda item: ("一二三四".find(item[0][0]), item[0]))


def _counted(made: QuerySet[Decision], *names: str) -> list[dict[str, Any]]:
    found = made.order_by(*names).values(*names)
    return list(found.annotate(count=Count("pk"), back=Count("pk", filter=Q(overturned_at__isnull=False))))


def _words(row: dict[str, Any]) -> str:
    if row["outcome"] == Outcome.DROP:
        return "不予处理"
    severity = f"，{Severity(row['severity']).label}" if row["severity"] else ""
    back = f"（其中 {row['back']} 件复核撤销）" if row["back"] else ""
    return f"{Outcome(row['outcome']).label}：须知 {row['clause__code']}{severity}{back}"


def hint(case: Case, past: list[Past]) -> str:
    """Whether what is intended differs from what was mostly decided; only said where there is something to compare."""
    if not past:
        return "这一条款还没有过往决定，请把理由写充分。"
    most = max(past, key=lambda one: one.count)
    total = sum(one.count for one in past)
    return f"过往 {total} 件，最多的是“{most.words}”（{most.count} 件）；与之不同的，请在理由中说明。"


def to_decide(user: Any, *, on: date) -> QuerySet[Case]:
    """Cases at a point where a supervisor acts, and this one may: heard, or the days to be heard are over."""
    due = Q(status__in=[S.HEARD, S.SERVED, S.IN_REVIEW]) | Q(status=S.NOTICED, hearing_until__lt=on)
    rows = Case.objects.visible_to(user).filter(due)
    left = stepped_aside(user).values("case")
    return rows.exclude(Q(recorded_by=user) | Q(second_by=user) | Q(examined_by=user)).exclude(pk__in=left)


def notes_waiting(user: Any, *, at: datetime) -> QuerySet[OfflineNote]:
    """What was written down at a door without network in the last weeks, while no record was made of its seat since."""
    recorded = Case.objects.filter(seat=OuterRef("seat"), recorded_at__gte=OuterRef("received_at"))
    rows = OfflineNote.objects.visible_to(user).filter(~Exists(recorded), received_at__gte=at - NOTES_FOR)
    return rows.select_related("sitting__subject", "sitting__room__site", "seat__entry__candidate", "by")


def to_handle(user: Any) -> QuerySet[Case]:
    """Cases at a point where a clerk acts."""
    wanted = [S.RECORDED, S.CONFIRMED, S.EXAMINED, S.NOTICED, S.DECIDED]
    return Case.objects.visible_to(user).filter(status__in=wanted)
