"""Bars: who may not sit, and until when (rules S5, E6)."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import BigIntegerField

from discipline.models import Bar, Clause
from discipline.rules import judge_span
from exams.models import Seat
from exams.services.arranging import unseat
from exams.services.entries import SEATED
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal, raise_first
from kupasi.notices.services import queue
from kupasi.people.models import Candidate
from kupasi.prepared import Prepared, slot

SPANS_OF = Prepared(
    lambda: (
        Bar.objects.in_force()
        .filter(candidate=slot("candidate", BigIntegerField()))
        .order_by()
        .values_list("barred_from", "barred_until")
    )
)


@transaction.atomic
def register_bar(
    by: Act, *, candidate: Candidate, clause: Clause | None, barred_from: date, barred_until: date, source: str
) -> Bar:
    """Register a bar that the authorities notified; both days are included and every occupation is covered (S5).

    Repeating it returns what is there. Refuses with `days_order`, `bad_date`, `source_missing`.
    """
    wrong = judge_span(barred_from, barred_until)
    raise_first([wrong] if wrong else [])
    text = source.strip()
    if not text:
        raise Refusal("source_missing", "请写明依据（决定书或来文的编号）。", "须知 三、四")
    Candidate.objects.select_for_update().get(pk=candidate.pk)
    same = Bar.objects.in_force().filter(
        candidate=candidate, clause=clause, barred_from=barred_from, barred_until=barred_until, source=text
    )
    found = same.first()
    if found is not None:
        return found
    bar = Bar.objects.create(
        candidate=candidate,
        clause=clause,
        barred_from=barred_from,
        barred_until=barred_until,
        source=text,
        recorded_at=by.at,
        recorded_by=by.actor,
    )
    days = {"barred_from": barred_from, "barred_until": barred_until, "clause": clause.code if clause else ""}
    record(by, "bar.registered", bar, after=days | {"candidate": candidate.pk}, reason=text)
    _free_seats(bar, by=by)
    _tell(bar, by=by)
    return bar


@transaction.atomic
def lift_bar(bar_id: int, *, until: date | None, reason: str, by: Act) -> Bar:
    """Lift a bar now, or let it end on an earlier day; what it has cancelled stays cancelled (matrix sanction.lift).

    Refuses with `wrong_status` (lifted already), `days_order` (not earlier, or before it began).
    """
    bar = Bar.objects.select_for_update(of=("self",)).select_related("candidate").get(pk=bar_id)
    if bar.lifted_at is not None:
        raise Refusal("wrong_status", "这项禁考已经解除。", "须知 三、四")
    before = {"barred_until": bar.barred_until}
    if until is None:
        bar.lifted_at = by.at
    elif not bar.barred_from <= until < bar.barred_until:
        raise Refusal("days_order", "缩短后的截止日要在起始日之后、原截止日之前。", "须知 三、四")
    else:
        bar.barred_until = until
    bar.save(update_fields=["lifted_at", "barred_until"])
    after = {"barred_until": bar.barred_until, "lifted_at": bar.lifted_at}
    record(by, "bar.lifted", bar, before=before, after=after, reason=reason)
    words = "已解除" if until is None else f"缩短到 {until}（含当日）"
    queue(
        by,
        key=f"bar-lifted:{bar.pk}:{until or 'now'}",
        kind="bar_lifted",
        subject="不得参加评价的期限有变动",
        body=f"您自 {before['barred_until']} 止的期限{words}，之后可以正常申报。依据：{bar.source}。",
        candidate=bar.candidate,
        about=bar,
    )
    return bar


def barred_on(day: date) -> frozenset[int]:
    """The candidates under a bar on a day."""
    return frozenset(Bar.objects.touching(day, day).values_list("candidate_id", flat=True))


def spans() -> dict[int, list[tuple[date, date]]]:
    """The barred days of every person, for those who arrange seats (rules E6)."""
    found: dict[int, list[tuple[date, date]]] = {}
    for candidate_id, first, last in Bar.objects.in_force().values_list("candidate", "barred_from", "barred_until"):
        found.setdefault(candidate_id, []).append((first, last))
    return found


def spans_of(candidate_id: int) -> list[tuple[date, date]]:
    """The barred days of one person, for those who stand at a door: one small question, however many are barred."""
    return [(first, last) for first, last in SPANS_OF(candidate=candidate_id)]


def follow(candidate: Candidate, *, by: Act) -> None:
    """A bar follows the person whatever document is used: two registrations became one, its seats are judged (E8)."""
    for bar in Bar.objects.in_force().filter(candidate=candidate, barred_until__gte=by.on):
        _free_seats(bar, by=by)


def _free_seats(bar: Bar, *, by: Act) -> None:
    """Nobody keeps a seat on a barred day that has not begun: it is free again, and the ticket worthless (E6)."""
    coming = Seat.objects.filter(
        entry__candidate=bar.candidate_id,
        entry__status__in=SEATED,
        sitting__on__gte=bar.barred_from,
        sitting__on__lte=bar.barred_until,
        sitting__starts_at__gt=by.at,
    )
    for entry_id in sorted(set(coming.values_list("entry", flat=True))):
        unseat(entry_id, by=by, reason=f"在不得参加评价的期限内：{bar}")


def _tell(bar: Bar, *, by: Act) -> None:
    clause = f"依据：{bar.clause}。" if bar.clause else ""
    free = bar.barred_until + timedelta(days=1)
    queue(
        by,
        key=f"bar-registered:{bar.pk}",
        kind="bar_registered",
        subject="关于暂停参加评价的通知",
        body=(
            f"根据{bar.source}，您在 {bar.barred_from:%Y-%m-%d} 至 {bar.barred_until:%Y-%m-%d}（含首尾两日）期间"
            f"不能参加各职业的技能评价，{free:%Y-%m-%d} 起可以参加。{clause}"
            f"如有异议，可到业务受理点查询或按规定申请复核。"
        ),
        candidate=bar.candidate,
        about=bar,
    )
