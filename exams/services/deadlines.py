"""When results are due, and the sweep that flags what is due soon or overdue (通知 三; rules C7, M5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet, Subquery

from exams.enums import EntryStatus, SessionStatus, SittingStatus
from exams.models import Entry, ExamSession, Occupation, ResultFlag, Seat, Sitting
from exams.rules.calendar import Promise, result_promise, results_due
from exams.services.calendar import work_calendar
from exams.services.settings import number
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.dates import Deadline, WorkCalendar
from kupasi.notices.services import queue
from kupasi.people.models import User

TOLD = ("publisher", "supervisor")
OVER = (SessionStatus.CANCELLED, SessionStatus.PUBLISHED)
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
class ToCome:
    """A session whose results are to come: the exam day that binds it, and until when they are due."""

    session: ExamSession
    exam_on: date
    due: Deadline


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


def to_come() -> list[ToCome]:
    """Every session with results to come, exams ahead included, counted by the calendar as it is now (C5, C7).

    Counted anew each time, so that a calendar that changed shows at once; the questions are as many for any number.
    """
    waiting = list(ExamSession.objects.exclude(status__in=OVER).order_by().values_list("pk", flat=True))
    live = Sitting.objects.filter(exam_session__in=waiting).exclude(status=SittingStatus.CANCELLED)
    days: dict[int, set[date]] = defaultdict(set)
    held = live.filter(Exists(Seat.objects.filter(sitting=OuterRef("pk")))).order_by()
    for key, on in held.values_list("exam_session", "on").distinct():
        days[key].add(on)
    first = {key: min(found) for key, found in days.items()}
    first |= _first_of_several([key for key, found in days.items() if len(found) > 1])
    sessions = ExamSession.objects.select_related("occupation").in_bulk(first)
    calendar, plain, marking = work_calendar(), number("result_working_days"), number("result_working_days_marking")
    made = []
    for key, on in first.items():
        involved = sessions[key].occupation.involves_marking
        due = results_due(on, calendar, marking=involved, days=marking if involved else plain)
        made.append(ToCome(sessions[key], on, due))
    return sorted(made, key=lambda one: (one.due.on, one.session.pk))


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
    sat = ExamSession.objects.exclude(status__in=OVER).filter(entries__seats__sitting__on__lte=on)
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
    placed = _placed(Entry.objects.filter(exam_session=session)).annotate(last=Max("seats__sitting__on"))
    return placed.filter(last__lte=on).order_by("last").values_list("last", flat=True).first()


def _first_of_several(sessions: list[int]) -> dict[int, date]:
    """The same for sessions of several days, exams ahead included, with one question for all of them."""
    if not sessions:
        return {}
    last = Seat.objects.filter(entry=OuterRef("pk")).order_by("-sitting__on").values("sitting__on")[:1]
    placed = _placed(Entry.objects.filter(exam_session__in=sessions)).annotate(last=Subquery(last))
    return dict(placed.order_by().values_list("exam_session").annotate(Min("last")))


def _placed(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    """Those who wait for a result and whose every subject has its day."""
    unplaced = Q(sitting=None) | Q(sitting__status=SittingStatus.CANCELLED)
    waiting = entries.exclude(status__in=(EntryStatus.CANCELLED, EntryStatus.PUBLISHED)).filter(seats__isnull=False)
    return waiting.exclude(Exists(Seat.objects.filter(unplaced, entry=OuterRef("pk"))))


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
