"""The window and the money in figures."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncDate, TruncMonth

from exams.models import Window
from kupasi import clock
from kupasi.charts import Chart, Table, register
from kupasi.dates import add_months, month_start
from registration.models import Application, Payment, Refund

MONTHS = 12
ZERO = Decimal("0.00")


def window_in_view(on: date) -> Window | None:
    """The open window, or the one that was open last."""
    begun = Window.objects.public().filter(opens_on__lte=on)
    return begun.order_by("-opens_on").first()


def window_figures() -> Table:
    """How many applications came in on each day of the window, and how many in all by then."""
    today = clock.today()
    window = window_in_view(today)
    if window is None:
        return Table("还没有开始过的申报时间段", ("日期", "当日提交", "累计提交"), ())
    rows = Application.objects.filter(window=window, submitted_at__isnull=False)
    counted = rows.annotate(day=TruncDate("submitted_at")).values_list("day").annotate(Count("pk")).order_by("day")
    by_day = dict(counted)
    last, total, lines = min(window.closes_on, today), 0, []
    for number in range((last - window.opens_on).days + 1):
        day = window.opens_on + timedelta(days=number)
        total += by_day.get(day, 0)
        lines.append((f"{day.month}月{day.day}日", (str(by_day.get(day, 0)), str(total))))
    return Table(f"{window.opens_on} 至 {window.closes_on} 的申报", ("日期", "当日提交", "累计提交"), lines)


def money_figures() -> Table:
    """What came in and what was paid back in each of the last twelve months."""
    first = add_months(month_start(clock.today()), 1 - MONTHS)
    since = clock.first_moment(first)
    paid = _monthly(Payment.objects.filter(received_at__gte=since), "received_at")
    back = _monthly(Refund.objects.filter(refunded_at__gte=since), "refunded_at")
    months = [add_months(first, number) for number in range(MONTHS)]
    lines = [
        (f"{one.year}年{one.month}月", (f"{paid.get(one, ZERO):.2f}", f"{back.get(one, ZERO):.2f}")) for one in months
    ]
    return Table("最近十二个月到账与退费（元）", ("月份", "到账", "退费"), lines)


def _monthly(rows: QuerySet[Payment] | QuerySet[Refund], moment: str) -> dict[date, Decimal]:
    found = rows.annotate(month=TruncMonth(moment)).values_list("month").annotate(Sum("amount")).order_by("month")
    return {clock.local_day(month): amount for month, amount in found}


register(Chart("window", "本时间段申报", "app.review", window_figures, ("bar", "line"), "人"))
register(Chart("money", "收费", "ledger.read", money_figures, ("bar", "bar"), "元"))
