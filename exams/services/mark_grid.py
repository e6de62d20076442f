"""A sitting's papers as one marker may see them: by ticket number, one's own entries only (rules M3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from exams.enums import Attendance, EntryStatus, SessionStatus, SittingStatus
from exams.models import Entry, ExamSession, MarkEntry, Publication, Seat, Sitting
from exams.services.marks import ROUNDS, as_text, settlement_of
from kupasi.people.models import User

from .relations import kept_from

Task = Literal["first", "second", "third", "own", "look_again", "waiting", "done", "away"]
TASK_WORDS: dict[Task, str] = {
    "first": "待初录",
    "second": "待复录",
    "third": "待核定",
    "own": "本人已录",
    "look_again": "请再核对答卷",
    "waiting": "待他人核定",
    "done": "已完成",
    "away": "回避",
}
DAYS_BACK = 60
TO_COME = (EntryStatus.SEATED, EntryStatus.TICKETED, EntryStatus.SAT)
OPEN: tuple[Task, ...] = ("first", "second", "third", "own", "look_again")


@dataclass(frozen=True, slots=True)
class GridRow:
    """One paper: its ticket number, what this marker has to do, and this marker's own entry, if any."""

    seat: Seat
    ticket: str
    task: Task
    own: MarkEntry | None

    @property
    def is_open(self) -> bool:
        """Whether this marker may type something."""
        return self.task in OPEN

    @property
    def is_absent(self) -> bool:
        """The room says that the person did not come."""
        return self.seat.attendance == Attendance.ABSENT

    @property
    def words(self) -> str:
        """The task in Chinese."""
        return TASK_WORDS[self.task]

    @property
    def tone(self) -> str:
        """The tone of the task's tag."""
        if self.task in ("first", "second", "third"):
            return "info"
        return "warn" if self.task in ("look_again", "away") else ""

    @property
    def text(self) -> str:
        """One's own entry as typed; empty when there is none."""
        if self.own is None:
            return ""
        return "缺考" if self.own.is_absent else as_text(self.own)


@dataclass(frozen=True, slots=True)
class Totals:
    """What a marker checks against the sheet: how many papers were entered, their sum, and the absent."""

    papers: int
    total: Decimal
    absent: int
    left: int


def sittings_to_mark(marker: User) -> QuerySet[Sitting]:
    """The sittings that this person is to mark, newest first."""
    rows = Sitting.objects.filter(markers=marker).exclude(status=SittingStatus.CANCELLED)
    return rows.select_related("exam_session__occupation", "subject", "room__site").order_by("-starts_at", "pk")


def with_papers(sittings: QuerySet[Sitting]) -> QuerySet[Sitting]:
    """Those of them that have somebody's paper."""
    return sittings.filter(
        Exists(Seat.objects.exclude(entry__status=EntryStatus.CANCELLED).filter(sitting=OuterRef("pk")))
    )


def of_open_sessions(sittings: QuerySet[Sitting]) -> QuerySet[Sitting]:
    """Those of sessions that still have results to come, the held ones included."""
    waiting = Entry.objects.filter(exam_session=OuterRef("pk"), status__in=TO_COME)
    sessions = ExamSession.objects.exclude(status=SessionStatus.CANCELLED).filter(Exists(waiting))
    return sittings.filter(exam_session__in=list(sessions.order_by().values_list("pk", flat=True)))


def of_late_publications(sittings: QuerySet[Sitting], *, on: date) -> QuerySet[Sitting]:
    """Those of sessions whose results came out not long ago: what a marker may still be asked about."""
    since = on - timedelta(days=DAYS_BACK)
    late = Publication.objects.filter(published_at__date__gte=since).order_by()
    return sittings.filter(exam_session__in=list(late.values_list("exam_session", flat=True).distinct()))


def grid(sitting: Sitting, *, marker: User) -> list[GridRow]:
    """Every paper of a sitting in the order of ticket numbers."""
    return grids([sitting], marker=marker)[sitting.pk]


def grids(sittings: Iterable[Sitting], *, marker: User) -> dict[int, list[GridRow]]:
    """The same for several sittings; the questions are as many for one."""
    found: dict[int, list[GridRow]] = {one.pk: [] for one in sittings}
    live = Seat.objects.filter(sitting__in=list(found)).exclude(entry__status=EntryStatus.CANCELLED)
    kept = kept_from(marker, live)
    entries = Prefetch("mark_entries", MarkEntry.objects.order_by("round"))
    for seat in live.select_related("entry__ticket", "subject").prefetch_related(entries):
        assert seat.sitting_id is not None
        found[seat.sitting_id].append(_row(seat, marker=marker, is_kept=seat.pk in kept))
    return {key: sorted(rows, key=lambda row: (row.ticket, row.seat.pk)) for key, rows in found.items()}


def totals(rows: Iterable[GridRow]) -> Totals:
    """The control totals over one's own entries."""
    listed = list(rows)
    own = [row.own for row in listed if row.own is not None]
    marks = [one.value for one in own if one.value is not None]
    left = sum(row.task in ("first", "second", "third", "look_again") for row in listed)
    return Totals(len(own), sum(marks, Decimal("0.0")), sum(one.is_absent for one in own), left)


def _row(seat: Seat, *, marker: User, is_kept: bool) -> GridRow:
    made = list(seat.mark_entries.all())
    own = next((one for one in made if one.entered_by_id == marker.pk), None)
    ticket = getattr(seat.entry, "ticket", None)
    task = "away" if is_kept else _task(made, own)
    return GridRow(seat, ticket.number if ticket else f"座位 {seat.number}", task, own)


def _task(made: list[MarkEntry], own: MarkEntry | None) -> Task:
    if settlement_of(made).state == "settled":
        return "done"
    if own is not None:
        return {1: "own", 2: "waiting"}.get(len(made), "look_again")  # type: ignore[return-value]  # the literals above
    return ("first", "second", "third", "waiting")[min(len(made), ROUNDS)]
