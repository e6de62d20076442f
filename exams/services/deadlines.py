"""When results are due, and the sweep that flags what is due soon or overdue (通知 三; rules C7, M5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q

from exams.enums import EntryStatus, SessionStatus, SittingStatus
from exams.models import Entry, ExamSession, Occupation, ResultFlag, Seat
from exams.rules.calendar import Promise, result_promise, results_due
from exams.services.calendar import work_calendar
from exams.services.settings import number
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.dates import Deadline, WorkCalendar
from kupasi.notices.services import queue
from kupasi.people.models import User

TOLD = ("publisher", "supervisor")
WORDS = {"due_soon": "临近公布期限", "overdue": "已超过公布期限"}


@dataclass(frozen=True, slots=True)
class PromiseFact:
    """What a candidate is promised before the result: the last day, the working days left, and how sure that is."""

    exam_on: date
    due_on: date
    days_left: int
    is_provisional: bool
    state: Promise


@dataclass(frozen=True, slots=True)
class FlagReport:
    """What a sweep did: sessions looked at, and how many newly became due soon or overdue."""

    looked_at: int
    due_soon: int
    overdue: int


def due_on(exam_on: date, occupation: Occupation, calendar: WorkCalendar) -> Deadline:
    """The last day for results of somebody whose last subject was on that day, by the office's figures (C7)."""
    key = "result_working_days_marking" if occupation.involves_marking else "result_working_days"
    return results_due(exam_on, calendar, marking=occupation.involves_marking, days=number(key))


def promise_of(entry: Entry, *, on: date) -> PromiseFact | None:
    """The promise counter of an entry; None while a subject has no sitting yet."""
    if entry.seats.filter(sitting=None).exists():
        return None
    last = entry.seats.aggregate(last=Max("sitting__on"))["last"]
    if last is None:
        return None
    calendar = work_calendar()
    due = due_on(last, entry.exam_session.occupation, calendar)
    left = calendar.working_days_between(max(on, last), due.on)
    state = result_promise(on, due.on, calendar, days=number("due_soon_working_days"))
    return PromiseFact(last, due.on, max(left, 0), due.provisional, state)


def flag_results(*, by: Act) -> FlagReport:
    """Flag every session whose results are due soon or overdue; safe to repeat, catches up after a missed day."""
    sessions = list(unpublished(on=by.on))
    seen = [_flag_one(pk, by=by) for pk in sessions]
    return FlagReport(len(sessions), seen.count("due_soon"), seen.count("overdue"))


def unpublished(*, on: date) -> Iterable[int]:
    """Sessions with an exam day behind them and results to come."""
    done = (SessionStatus.CANCELLED, SessionStatus.PUBLISHED)
    sat = ExamSession.objects.exclude(status__in=done).filter(entries__seats__sitting__on__lte=on)
    return sat.order_by("pk").values_list("pk", flat=True).distinct()


@transaction.atomic
def _flag_one(exam_session_id: int, *, by: Act) -> Promise | None:
    """Bring one session's flag up to date; the answer is the state it newly came to, if any."""
    session = ExamSession.objects.select_for_update(of=("self",)).select_related("occupation").get(pk=exam_session_id)
    calendar = work_calendar()
    first = _first_finished(session, on=by.on)
    if first is None:
        return None
    due = due_on(first, session.occupation, calendar)
    state = result_promise(by.on, due.on, calendar, days=number("due_soon_working_days"))
    flag = ResultFlag.objects.filter(exam_session=session).first() or ResultFlag(exam_session=session)
    before = (flag.due_on, flag.is_provisional, flag.due_soon_at, flag.overdue_at) if flag.pk else None
    fresh = _apply(flag, due, state, by=by)
    after = (flag.due_on, flag.is_provisional, flag.due_soon_at, flag.overdue_at)
    if before != after:
        flag.save()
        record(by, "results.flagged", flag, after={"due_on": due.on, "provisional": due.provisional, "state": state})
    if fresh is not None:
        _tell(session, due, fresh, by=by)
    return fresh


def _first_finished(session: ExamSession, *, on: date) -> date | None:
    """The earliest last-subject day among those who wait for a result: the promise of the first one binds the batch."""
    waiting = Entry.objects.filter(exam_session=session).exclude(
        status__in=(EntryStatus.CANCELLED, EntryStatus.PUBLISHED)
    )
    unplaced = Q(sitting=None) | Q(sitting__status=SittingStatus.CANCELLED)
    days = (
        waiting.filter(seats__isnull=False)
        .exclude(Exists(Seat.objects.filter(unplaced, entry=OuterRef("pk"))))
        .annotate(last=Max("seats__sitting__on"))
        .filter(last__lte=on)
        .order_by("last")
        .values_list("last", flat=True)
    )
    return days.first()


def _apply(flag: ResultFlag, due: Deadline, state: Promise, *, by: Act) -> Promise | None:
    """Write due day and state into the flag; a calendar that moved the day back takes the state back too."""
    flag.due_on, flag.is_provisional = due.on, due.provisional
    fresh: Promise | None = None
    if state == "overdue" and flag.overdue_at is None:
        flag.overdue_at, fresh = by.at, "overdue"
    if state == "due_soon" and flag.due_soon_at is None:
        flag.due_soon_at, fresh = by.at, "due_soon"
    if state != "overdue":
        flag.overdue_at = None
    if state == "waiting":
        flag.due_soon_at = None
    return fresh


def _tell(session: ExamSession, due: Deadline, state: Promise, *, by: Act) -> None:
    """One letter per responsible person and state (rules M5)."""
    sure = "（节假日安排尚未公布，日期暂定）" if due.provisional else ""
    people = User.objects.filter(groups__name__in=TOLD, is_active=True).distinct()
    for person in people:
        queue(
            by,
            key=f"results-{state}:{session.pk}:{person.pk}",
            kind="results_flag",
            subject=f"{session}成绩{WORDS[state]}",
            body=f"{session}的成绩最迟应于 {due.on:%Y-%m-%d} 公布{sure}，目前尚未公布。依据：通知 三。",
            user=person,
            about=session,
        )
