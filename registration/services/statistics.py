"""Applicants, pass rates and fees of a year, by occupation, month or institution; nobody's name (rules M7, A5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from exams.enums import MarkStatus
from exams.models import Mark
from kupasi.dates import local_day
from registration.enums import OPEN, ApplicationStatus
from registration.models import Application, OrderItem, Payment, Refund
from registration.rules.statistics import StatRow, merge_small, rate, total

S = ApplicationStatus
ZERO = CENT = Decimal("0.00")
PERSONAL, MANY = "个人申报", "团体（一份订单多个职业）"


class Axis(StrEnum):
    """What the figures are grouped by."""

    OCCUPATION = "occupation"
    MONTH = "month"
    INSTITUTION = "institution"


AXES = {Axis.OCCUPATION: "按职业", Axis.MONTH: "按月", Axis.INSTITUTION: "按机构"}


@dataclass(frozen=True, slots=True)
class Kind:
    """One table: its words, who may see it, how its figures are asked for; `shares` adds the pass rate."""

    code: str
    title: str
    action: str
    heads: tuple[str, ...]
    rows: Callable[[Axis, int], list[StatRow]]
    note: str
    drawn: tuple[int, int]
    unit: str
    shares: bool = False


@dataclass(frozen=True, slots=True)
class Statistic:
    """A table as it is shown: rows, their sum (None where too few are in it), and what was put together."""

    kind: Kind
    axis: Axis
    year: int
    rows: tuple[StatRow, ...]
    sum: StatRow | None
    is_merged: bool

    def cells(self, row: StatRow) -> list[Any]:
        """The figures of a row, with the pass rate where there is one."""
        return [*row.figures, *([share(row)] if self.kind.shares else [])]

    @property
    def heads(self) -> list[str]:
        """The heads of the columns, the group's first."""
        return [AXES[self.axis].removeprefix("按"), *self.kind.heads, *(["合格率"] if self.kind.shares else [])]


def statistic(kind: Kind, axis: Axis, year: int, *, whole: bool) -> Statistic:
    """One table of a year; unless the reader sees people whole, small groups are put together."""
    found = kind.rows(axis, year)
    shown = found if whole else merge_small(found)
    summed = total(shown, width=len(kind.heads))
    nobody = not whole and total(found, width=len(kind.heads)).base != summed.base
    return Statistic(kind, axis, year, tuple(shown), None if nobody else summed, shown != found)


def share(row: StatRow) -> str:
    """The pass rate: passes among those who sat and whose mark stands."""
    marks, absent, cancelled, passed = row.figures
    return rate(passed, marks - absent - cancelled)


def _applicants(axis: Axis, year: int) -> list[StatRow]:
    key = {
        Axis.OCCUPATION: "occupation__name",
        Axis.MONTH: "exam_session__exam_month",
        Axis.INSTITUTION: "institution__name",
    }[axis]
    rows = Application.objects.filter(submitted_at__isnull=False, exam_session__exam_month__year=year).order_by()
    ended = [S.REJECTED, S.WITHDRAWN, S.LAPSED, S.CANCELLED]
    counted = rows.values_list(key).annotate(
        total=Count("pk"),
        going=Count("pk", filter=Q(status__in=OPEN)),
        concluded=Count("pk", filter=Q(status=S.CONCLUDED)),
        ended=Count("pk", filter=Q(status__in=ended)),
    )
    return _labelled({one[0]: one[1:] for one in counted}, axis, year, width=4)


def _marks(axis: Axis, year: int) -> list[StatRow]:
    session = "seat__entry__exam_session__"
    keys = {
        Axis.OCCUPATION: (f"{session}occupation__name", "seat__subject__name"),
        Axis.MONTH: (f"{session}exam_month",),
        Axis.INSTITUTION: ("seat__entry__institution__name",),
    }[axis]
    rows = Mark.objects.published().filter(**{f"{session}exam_month__year": year}).order_by()
    passed = Q(status=MarkStatus.NORMAL, value__gte=F("seat__subject__pass_mark"))
    counted = rows.values_list(*keys).annotate(
        total=Count("pk"),
        absent=Count("pk", filter=Q(status=MarkStatus.ABSENT)),
        cancelled=Count("pk", filter=Q(status__in=[MarkStatus.CANCELLED, MarkStatus.BREACH])),
        passed=Count("pk", filter=passed),
    )
    named = {(" · ".join(one[:2]) if len(keys) > 1 else one[0]): one[len(keys) :] for one in counted}
    return _labelled(named, axis, year, width=4)


def _fees(axis: Axis, year: int) -> list[StatRow]:
    """What came in and went out by the ledgers' own moments: entries, in, back, left."""
    paid = _ledger(Payment.objects.filter(received_at__year=year), "received_at", axis)
    back = _ledger(Refund.objects.filter(refunded_at__year=year), "refunded_at", axis)
    found = {}
    for key in [*paid, *(one for one in back if one not in paid)]:
        entries, amount = paid.get(key, (0, ZERO))
        more, returned = back.get(key, (0, ZERO))
        found[key] = (entries + more, *(one.quantize(CENT) for one in (amount, returned, amount - returned)))
    return _labelled(found, axis, year, width=4, money=True)


def _ledger(rows: QuerySet[Any], moment: str, axis: Axis) -> dict[Any, tuple[int, Decimal]]:
    """Rows of a ledger by the group that they belong to; what belongs to several says so and is not divided (A5)."""
    sums: dict[Any, tuple[int, Decimal]] = defaultdict(lambda: (0, ZERO))
    if axis == Axis.MONTH:
        counted: Iterable[Any] = rows.annotate(key=TruncMonth(moment)).order_by().values_list("key")
        listed = counted.annotate(many=Count("pk"), amount=Sum("amount"))  # type: ignore[attr-defined]
        return {_first(key): (many, amount) for key, many, amount in listed}
    if axis == Axis.INSTITUTION:
        listed = rows.order_by().values_list("order__roster__institution__name")
        return {key: (many, amount) for key, many, amount in listed.annotate(many=Count("pk"), amount=Sum("amount"))}
    people = ["order__application__occupation__name"]
    people += ["application__occupation__name"] if rows.model is Refund else []
    listed = rows.order_by().values_list("order__roster", *people).annotate(many=Count("pk"), amount=Sum("amount"))
    of_rosters = _occupations({one[0] for one in listed if one[0] is not None})
    for roster, *names, many, amount in listed:
        name = next((one for one in names if one), None) or of_rosters.get(roster, MANY)
        before = sums[name]
        sums[name] = (before[0] + many, before[1] + amount)
    return dict(sums)


def _occupations(rosters: set[int]) -> dict[int, str]:
    """The occupation of rosters whose people are all of one."""
    items = OrderItem.objects.filter(order__roster__in=rosters).order_by().values_list("order__roster")
    found = items.annotate(low=Min("application__occupation__name"), high=Max("application__occupation__name"))
    return {roster: low for roster, low, high in found if low == high and low is not None}


def _first(month: date | datetime) -> date:
    return local_day(month) if isinstance(month, datetime) else month


def _labelled(
    found: Mapping[Any, tuple[Any, ...]], axis: Axis, year: int, *, width: int, money: bool = False
) -> list[StatRow]:
    """Rows in order with their labels; of months every one of the year."""
    if axis == Axis.MONTH:
        nothing = (0, ZERO, ZERO, ZERO) if money else (0,) * width
        months = [date(year, number, 1) for number in range(1, 13)]
        return [StatRow(f"{year}年{one.month}月", tuple(found.get(one, nothing))) for one in months]
    listed = sorted(found.items(), key=lambda one: (one[0] is None, str(one[0])))
    return [StatRow(PERSONAL if key is None else str(key), tuple(figures)) for key, figures in listed]


KINDS = {
    one.code: one
    for one in (
        Kind(
            "applicants", "申报人数", "export.masked", ("已提交", "办理中", "已完成", "已结束"), _applicants,
            "按评价月计；已结束指不予受理、撤回、逾期失效和取消。", (0, 2), "人",
        ),
        Kind(
            "marks", "合格率", "score.read", ("已公布科次", "缺考", "取消", "合格"), _marks,
            "按评价月计，只计已公布的成绩；合格率为合格科次占实考且成绩有效科次的比例。", (0, 3), "科次", shares=True,
        ),
        Kind(
            "fees", "收费", "ledger.read", ("笔数", "到账（元）", "退费（元）", "净额（元）"), _fees,
            "按到账和退费登记的时间计，与收费、退费台账一致。", (1, 2), "元",
        ),
    )
}  # fmt: skip
