"""The facts that the rules are asked about: windows, bars, other applications, certificates, prices, kept passes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import DEFAULT_DB_ALIAS

from discipline.models import Bar
from exams.enums import SessionStatus
from exams.models import ExamSession, Occupation, Window
from exams.rules import FeeAnswer, PriceFact, fee_on
from exams.services.kept_passes import Kept, at_stake
from exams.services.settings import number_in
from kupasi.dates import Span, last_second
from kupasi.errors import Refusal
from kupasi.people.models import Candidate, ConsentText
from registration.enums import LIVE, OPEN
from registration.models import Application, LateAdmission
from registration.rules import ApplicantFacts

from . import questions


@dataclass(frozen=True, slots=True)
class Traces:
    """What there is at all about a person and an occupation, in one question; most have nothing of it."""

    barred: bool = False
    certified: bool = False
    applied: bool = False
    entered: bool = False
    admitted_late: bool = False


def traces(candidate_id: int, occupation_id: int | None, *, on: date, besides: int = 0) -> Traces:
    """What has to be asked further; `besides` is the application that is being judged."""
    found = questions.TRACES(
        candidate=candidate_id, occupation=occupation_id or 0, on=on, besides=besides, at=last_second(on)
    )
    return Traces(*map(bool, found[0])) if found else Traces()


def open_window(on: date) -> Window | None:
    """The published window that a day falls in."""
    return next((Window.from_db(DEFAULT_DB_ALIAS, questions.WINDOW, row) for row in questions.OPEN_WINDOW(on=on)), None)


@dataclass(frozen=True, slots=True)
class Briefing:
    """What the office has laid down for an occupation on a day: asked of everybody alike, so in one question."""

    window: Window | None
    sessions: tuple[tuple[Any, ...], ...]
    conditions: frozenset[str]
    pledge: int | None
    prices: tuple[PriceFact, ...]
    minimum_age: int


def briefing(occupation_id: int | None, *, on: date) -> Briefing:
    """All that a submission has to be told by the office's own rows."""
    windows, sessions, conditions, pledges, prices, age = questions.BRIEFING(
        occupation=occupation_id or 0, on=on, key="minimum_age"
    )
    return Briefing(
        window=next((Window.from_db(DEFAULT_DB_ALIAS, questions.WINDOW, row) for row in windows), None),
        sessions=tuple(sessions),
        conditions=frozenset(text for (text,) in conditions),
        pledge=next((key for (key,) in pledges), None),
        prices=tuple(PriceFact(*row) for row in prices),
        minimum_age=number_in(age, "minimum_age"),
    )


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """What the sheet of a draft shows besides what is filled in: whether something may be given up, window, prices."""

    entered: bool
    window: Window | None
    prices: tuple[PriceFact, ...]


def of_sheet(application: Application, *, on: date) -> SheetFacts:
    """The facts of a draft's sheet on a day, in one question; a late admission, which few have, is asked for apart."""
    person = {"candidate": application.candidate_id, "occupation": application.occupation_id or 0}
    entered, admitted, windows, prices = questions.SHEET(**person, on=on, at=last_second(on))
    window = next((Window.from_db(DEFAULT_DB_ALIAS, questions.WINDOW, row) for row in windows), None)
    if admitted:
        window = window_for(application, on=on)
    return SheetFacts(bool(entered), window, tuple(PriceFact(*row) for row in prices))


def session_of(occupation: Occupation, window: Window, seen: Briefing | None = None) -> tuple[int, bool]:
    """The key of the session that a submission belongs to, made if there is none yet, and whether it looks full.

    A look that may spare somebody the other questions; that no place is sold twice is `places.take`'s own affair.
    `seen` is the briefing whose window this is. Refuses with `session_cancelled`.
    """
    asked = questions.SESSION(occupation=occupation.pk, month=window.exam_month) if seen is None else seen.sessions
    for key, status, capacity, taken in asked:
        if status == SessionStatus.CANCELLED:
            message = "该职业本评价月的场次已取消，请在下一个申报时间段申报。"
            raise Refusal("session_cancelled", message, "通知 附件1")
        return int(key), capacity is not None and taken >= capacity
    return ExamSession.objects.get_or_create(occupation=occupation, exam_month=window.exam_month)[0].pk, False


def late_admission(candidate_id: int, occupation_id: int | None, *, on: date) -> LateAdmission | None:
    """What two people allowed this one person: a window that is over, for one occupation, not used yet."""
    person = {"candidate": candidate_id, "occupation": occupation_id or 0}
    found = [key for (key,) in questions.LATE(**person, at=last_second(on))]
    return LateAdmission.objects.select_related("window").get(pk=found[0]) if found else None


def window_for(application: Application, *, on: date) -> Window | None:
    """The window that a draft would be submitted in on a day: the person's own exception, or the open one."""
    late = late_admission(application.candidate_id, application.occupation_id, on=on)
    return late.window if late else open_window(on)


def applicant(
    candidate: Candidate,
    *,
    occupation: Occupation | None,
    on: date,
    exam_month: date | None,
    besides: int = 0,
    excused: bool = False,
    found: Traces | None = None,
) -> ApplicantFacts:
    """What is known about a person who wants an occupation; `besides` is the application that is being judged.

    `found` is what `traces` answered, where that was asked already.
    """
    seen = found or traces(candidate.pk, occupation.pk if occupation else None, on=on, besides=besides)
    others = Application.objects.filter(candidate=candidate, occupation=occupation, status__in=LIVE).exclude(pk=besides)
    standing = list(others.values_list("status", "exam_session__exam_month")) if seen.applied else []
    return ApplicantFacts(
        birth_date=candidate.birth_date,
        on=on,
        exam_month=exam_month,
        bars=bars_of(candidate, since=on) if seen.barred else (),
        live_in_month=any(month == exam_month for _, month in standing),
        open_for_occupation=any(status in OPEN for status, _ in standing),
        holds_certificate=seen.certified,
        certificate_excused=excused,
    )


def bars_of(candidate: Candidate, *, since: date) -> tuple[Span, ...]:
    """The person's bars that run on the day or later."""
    rows = Bar.objects.in_force().filter(candidate=candidate, barred_until__gte=since)
    return tuple(Span(*days) for days in rows.values_list("barred_from", "barred_until"))


def prices(occupation: Occupation, *, on: date, subjects: list[str]) -> FeeAnswer:
    """What these subjects of an occupation cost on a day (rules P2)."""
    return fee_on(on, prices_of(occupation), subjects)


def prices_of(occupation: Occupation) -> tuple[PriceFact, ...]:
    """The price list of an occupation, whenever its rows hold."""
    return tuple(PriceFact(*row) for row in questions.PRICES(occupation=occupation.pk))


def has_entered(candidate_id: int, occupation_id: int) -> bool:
    """Whether the person was ever entered for the occupation; most were not, and need no longer question."""
    return bool(questions.ENTERED(candidate=candidate_id, occupation=occupation_id))


def kept_at_stake(candidate: Candidate, occupation: Occupation, *, on: date) -> tuple[Kept, ...]:
    """The passed subjects that a new full application would give up if it were paid on the day (rules T4)."""
    if not has_entered(candidate.pk, occupation.pk):
        return ()
    return at_stake(candidate.pk, occupation.pk, on=on)


def pledge_in_force(on: date) -> int | None:
    """The key of the pledge in force on a day."""
    return next((key for (key,) in questions.PLEDGE(on=on)), None)


def pledge_text(on: date) -> ConsentText | None:
    """The pledge in force on a day: the newest version that had begun."""
    return ConsentText.objects.filter(pk=pledge_in_force(on) or 0).first()
