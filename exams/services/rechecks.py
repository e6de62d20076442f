"""成绩复核: asked for in time, answered in time, by words or by a corrected mark (rules M6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Case, OuterRef, Subquery, When

from exams.enums import RecheckStatus
from exams.models import Mark, MarkChange, Recheck
from exams.models.rechecks import RecheckQuerySet
from exams.rules.rechecks import CLAUSE, answer_due, judge_recheck, recheck_until
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.dates import Deadline, local_day
from kupasi.errors import Refusal
from kupasi.notices.services import queue

from .calendar import work_calendar
from .settings import number

ANSWER_LENGTH = 300


@dataclass(frozen=True, slots=True)
class RecheckDoor:
    """What a candidate sees beside a published mark: the recheck there is, or until when one may be asked for."""

    mark_id: int
    recheck: Recheck | None
    until: date
    is_provisional: bool
    is_open: bool
    corrected_on: date | None = None  # a correction after the answer: the mark shown counts, not the answer


def with_later_change(rechecks: RecheckQuerySet) -> RecheckQuerySet:
    """Each with `changed_at`: when its mark was corrected after the answer that it stands, if it was."""
    return rechecks.annotate(changed_at=_later_change("mark", "answered_at", "status"))


def _later_change(mark: str, answered: str, status: str) -> Case:
    changes = MarkChange.objects.filter(mark=OuterRef(mark), changed_at__gt=OuterRef(answered))
    latest = Subquery(changes.order_by("-changed_at").values("changed_at")[:1])
    return Case(When(**{status: RecheckStatus.UPHELD}, then=latest), default=None)


def doors(mark_ids: Sequence[int], *, on: date) -> dict[int, RecheckDoor]:
    """The doors of published marks, by mark; three queries for any number of them."""
    marks = Mark.objects.published().filter(pk__in=mark_ids).select_related("publication", "recheck")
    marks = marks.annotate(changed_at=_later_change("pk", "recheck__answered_at", "recheck__status"))
    calendar, days = work_calendar(), number("recheck_working_days")
    found = {}
    for mark in marks:
        assert mark.publication is not None
        until = recheck_until(local_day(mark.publication.published_at), calendar, days=days)
        asked: Recheck | None = getattr(mark, "recheck", None)
        is_open = asked is None and not mark.is_held and on <= until.on
        corrected = local_day(mark.changed_at) if mark.changed_at else None
        found[mark.pk] = RecheckDoor(mark.pk, asked, until.on, until.provisional, is_open, corrected)
    return found


def until_of(mark: Mark) -> Deadline | None:
    """The last day on which a recheck of this mark may be asked for; None while it is not visible."""
    if mark.publication is None or mark.is_held:
        return None
    published = local_day(mark.publication.published_at)
    return recheck_until(published, work_calendar(), days=number("recheck_working_days"))


@transaction.atomic
def ask_recheck(mark_id: int, *, points: Sequence[str], by: Act) -> Recheck:
    """Ask for a recheck of one's own published mark.

    Refuses with `not_published`, `recheck_points`, `recheck_late`, `recheck_twice`.
    """
    mark = Mark.objects.select_for_update(of=("self",)).select_related("publication").get(pk=mark_id)
    until = until_of(mark)
    published = local_day(mark.publication.published_at) if mark.publication and until else None
    twice = Recheck.objects.filter(mark=mark).exists()
    refusal = judge_recheck(
        points, on=by.on, published_on=published, until=until.on if until else None, asked_before=twice
    )
    if refusal is not None:
        raise Refusal.from_fact(refusal)
    due = answer_due(by.on, work_calendar(), days=number("recheck_answer_working_days"))
    chosen = list(dict.fromkeys(points))
    try:
        with transaction.atomic():
            made = Recheck.objects.create(
                mark=mark,
                points=chosen,
                asked_by=by.person,
                asked_at=by.at,
                due_on=due.on,
                is_provisional=due.provisional,
            )
    except IntegrityError as error:
        raise Refusal("recheck_twice", "这一科已经申请过复核，请查看答复。", CLAUSE) from error
    record(by, "recheck.asked", made, after={"points": chosen, "due_on": due.on})
    _tell(made, by=by, key="asked", words=f"复核申请已收到，最迟 {due.on} 答复。复核只核对漏评、合计、录入和违纪记录。")
    return made


@transaction.atomic
def uphold(recheck_id: int, *, answer: str, by: Act) -> Recheck:
    """Answer that the mark stands, by somebody who entered none of it. Repeating it returns what is there.

    Refuses with `wrong_status`, `four_eyes`, `reason_missing`.
    """
    recheck = locked(recheck_id)
    if recheck.status == RecheckStatus.UPHELD:
        return recheck
    judge_answerer(recheck, by=by)
    return close(recheck, RecheckStatus.UPHELD, answer=answer, by=by)


def locked(recheck_id: int) -> Recheck:
    """The recheck, locked, with what letters and checks need."""
    rows = Recheck.objects.select_for_update(of=("self",))
    return rows.select_related("mark__seat__subject", "mark__seat__entry__candidate").get(pk=recheck_id)


def judge_answerer(recheck: Recheck, *, by: Act) -> None:
    """It waits, and whoever read the paper does not judge the reading. Refuses `wrong_status`, `four_eyes`."""
    if recheck.status != RecheckStatus.ASKED:
        raise Refusal("wrong_status", "这项复核已经答复，请刷新后再看。", CLAUSE)
    mark = recheck.mark
    if by.person.pk in (mark.first_by_id, mark.second_by_id, mark.third_by_id):
        raise Refusal("four_eyes", "录过这份成绩的人员不能办理它的复核。", "本单位规定：双人录入、他人公布")


def close(recheck: Recheck, status: RecheckStatus, *, answer: str, by: Act) -> Recheck:
    """Write the answer and tell the candidate. Refuses with `reason_missing`."""
    text = " ".join(answer.split())[:ANSWER_LENGTH]
    if not text:
        raise Refusal("reason_missing", "请写明复核结果，本人会看到这段话。", CLAUSE)
    before, recheck.status = recheck.status, status
    recheck.answer, recheck.answered_at, recheck.answered_by = text, by.at, by.person
    recheck.save(update_fields=["status", "answer", "answered_at", "answered_by"])
    record(by, "recheck.answered", recheck, before={"status": before}, after={"status": status}, reason=text)
    _tell(recheck, by=by, key="answered", words=f"复核结果：{status.label}。{text}")
    return recheck


def _tell(recheck: Recheck, *, by: Act, key: str, words: str) -> None:
    seat = recheck.mark.seat
    queue(
        by,
        key=f"recheck-{key}:{recheck.pk}",
        kind="recheck",
        subject=f"{seat.subject}成绩复核",
        body=f"{words}依据：{CLAUSE}。",
        candidate=seat.entry.candidate,
        url="/exams/results/",
        about=recheck,
    )
